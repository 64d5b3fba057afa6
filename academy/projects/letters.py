"""Letters about paid work."""

from academy.mail.rules import Group, LetterKind, register

RETURNED = register(
    LetterKind(
        "academy.projects.returned",
        Group.WORK,
        {
            "project": {"ko": "거리의 사람들", "en": "People in the street"},
            "reason": {"ko": "테두리가 느슨해요.", "en": "The edges are not tight."},
            "note": {"ko": "왼쪽 변이 7 px 바깥에 있어요.", "en": "The left edge is 7 px too far out."},
            "until": {"ko": "2026년 3월 4일 14:05", "en": "Mar 4, 2026, 14:05"},
            "link": "https://academy.example/work/7",
        },
    )
)
