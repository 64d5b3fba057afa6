"""Letters about classes."""

from datetime import UTC, datetime, timedelta

from academy.mail.rules import Group, LetterKind, register

_FIRST = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)

PLANNED = register(
    LetterKind(
        "courses.cohorts.planned",
        Group.CLASS,
        {
            "title": {"ko": "화요일 오후반", "en": "Tuesday afternoon"},
            "centre": {"ko": "행복센터", "en": "Happy centre"},
            "meetings": [_FIRST + timedelta(weeks=week) for week in range(3)],
            "zone": "Asia/Seoul",
            "link": "https://academy.example/classes/3",
        },
    )
)
