"""Letters that go to nobody: how each kind looks, with the words of its sample."""

from academy.i18n import language
from academy.mail import addresses
from academy.mail.rules import KINDS, Group, Recipient
from academy.mail.writing import Written, subject, write

ADDRESS = "someone@academy.example"
NAMES = {"ko": "김하늘", "en": "Alex Kim"}


def written(name: str, in_language: str) -> Written:
    """The letter of this kind as somebody would get it."""
    kind = KINDS[name]
    to = Recipient(None, ADDRESS, in_language, NAMES[in_language])
    ending = "" if kind.group.always_sent else addresses.public_link("academy.mail.unsubscribe", token="sample")  # noqa: S106
    return write(kind, to, kind.sample, ending)


def subject_of(name: str) -> str:
    """What stands above letters of this kind, in the language of the page; its name for a kind of an older version."""
    if name not in KINDS:
        return name
    return subject(KINDS[name], Recipient(None, ADDRESS, language(), NAMES[language()]))


def names_in(group: Group) -> list[str]:
    return sorted(name for name, kind in KINDS.items() if kind.group is group)
