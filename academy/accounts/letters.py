"""Letters about getting in: proving an address, a new password, an invitation."""

from academy.mail.rules import Group, LetterKind, register

_LINK = "https://academy.example/a-link-that-works-once"

VERIFY = register(
    LetterKind("academy.accounts.verify_email", Group.SECURITY, {"link": _LINK, "address": "me@example.com"})
)
RESET = register(LetterKind("academy.accounts.reset", Group.SECURITY, {"link": _LINK, "minutes": 60}))
INVITATION = register(
    LetterKind(
        "academy.accounts.invitation",
        Group.SECURITY,
        {
            "link": _LINK,
            "role": {"ko": "강사", "en": "Instructor"},
            "place": {"ko": "행복 주민센터", "en": "Haengbok Community Center"},
            "by": "최수진",
            "days": 14,
        },
    )
)
