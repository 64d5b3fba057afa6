"""Letters about badges."""

from academy.mail.rules import Group, LetterKind, register

_TITLE = {"ko": "데이터 라벨링 2급", "en": "Data labelling level 2"}

ISSUED = register(
    LetterKind(
        "academy.credentials.issued", Group.EXAM, {"badge": _TITLE, "link": "https://academy.example/badges/x8Qz"}
    )
)
REVOKED = register(
    LetterKind(
        "academy.credentials.revoked",
        Group.EXAM,
        {
            "badge": _TITLE,
            "reason": {"ko": "다른 사람이 시험을 보았어요.", "en": "Someone else sat the exam."},
            "link": "https://academy.example/badges/x8Qz",
        },
    )
)
