"""Letters about courses."""

from academy.mail.rules import Group, LetterKind, register

FINISHED = register(
    LetterKind(
        "courses.learning.finished",
        Group.COURSE,
        {
            "course": {"ko": "데이터 라벨링이란", "en": "What data labelling is"},
            "link": "https://academy.example/exams",
        },
    )
)
