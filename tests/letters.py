"""The letters that left the house during a test: in tests they are laid down in a folder."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from academy.config import settings


@dataclass(frozen=True)
class Letter:
    """One letter, as its reader has it."""

    message: EmailMessage

    @property
    def to(self) -> str:
        return self.message["To"].addresses[0].addr_spec

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return str(self.message.get_body(("plain",)).get_content())

    @property
    def html(self) -> str:
        return str(self.message.get_body(("html",)).get_content())

    @property
    def links(self) -> list[str]:
        """The addresses in it, in their order."""
        return re.findall(r"https?://[^\s<>\"]+", self.text)

    def path(self, part: str = "/") -> str:
        """The first of its addresses that holds `part`, without our host: what a test client opens."""
        link = next(link for link in self.links if part in link.removeprefix(settings().public_url))
        assert link.startswith(settings().public_url)
        return link.removeprefix(settings().public_url)


def read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Letter(message)


def sent(to: str | None = None) -> list[Letter]:
    """Every letter that left, oldest first; only those to one address, if it is given."""
    folder = Path(settings().mail.folder)
    letters = [read(path) for path in sorted(folder.glob("*.eml"))] if folder.is_dir() else []
    return [letter for letter in letters if to is None or letter.to == to]


def newest(to: str | None = None) -> Letter:
    return sent(to)[-1]
