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
        {"link": _LINK, "role": "Instructor", "place": "Haengbok Community Center", "by": "Choi", "days": 14},
    )
)
