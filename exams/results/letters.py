"""Letters about results."""

from academy.mail.rules import Group, LetterKind, register

READY = register(
    LetterKind(
        "exams.results.ready",
        Group.EXAM,
        {
            "exam": {"ko": "데이터 라벨링 2급", "en": "Data labelling level 2"},
            "passed": True,
            "link": "https://academy.example/results/x8Qz",
        },
    )
)
