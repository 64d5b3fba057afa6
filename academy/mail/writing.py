"""How a letter is written: words in a language, as plain text and laid out.

A template says everything in plain text (blocks `subject` and `body`); paragraphs are separated by empty lines, lines
that begin with "- " are a list, and a paragraph that ends with an address alone on its line becomes a button named by
the line before it. The HTML is laid out from the same words, unless the kind has an .html template of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from jinja2 import Template, TemplateNotFound

from academy.config import settings
from academy.i18n import LANGUAGES, _, day, force_locale, language, moment, ngettext, pick, won
from academy.mail.rules import LetterKind, Recipient


@dataclass(frozen=True, slots=True)
class Written:
    """What a letter says."""

    subject: str
    text: str
    html: str

    as_dict = asdict


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a letter: words, a list, or a button that leads somewhere."""

    lines: tuple[str, ...]
    link: str = ""

    @property
    def is_list(self) -> bool:
        return all(line.startswith("- ") for line in self.lines)


GAP = "…"


def subject(kind: LetterKind, to: Recipient) -> str:
    """What stands above letters of this kind, with a gap for each thing or person that a letter names."""
    gaps = {name: GAP if isinstance(value, str | Mapping | datetime) else value for name, value in kind.sample.items()}
    with force_locale(to.language):
        template = current_app.jinja_env.get_template(f"{kind.template}.txt")
        return " ".join(_block(template, "subject", _told(kind, to, gaps, "")).split())


def write(kind: LetterKind, to: Recipient, words: Mapping[str, Any], unsubscribe: str = "") -> Written:
    """The letter in its reader's language. `unsubscribe` is the address that ends letters of this group."""
    with force_locale(to.language):
        told = _told(kind, to, words, unsubscribe)
        template = current_app.jinja_env.get_template(f"{kind.template}.txt")
        above = " ".join(_block(template, "subject", told).split())
        body = _block(template, "body", told)
        text = template.render(told)
        shown = {**told, "subject": above, "paragraphs": paragraphs(body), "lang": language()}
        return Written(above, _tidy(text), _page(kind).render(shown))


def _told(kind: LetterKind, to: Recipient, words: Mapping[str, Any], unsubscribe: str) -> dict[str, Any]:
    """All that a template may use. In a page, sentences escape what is filled in; in plain text nothing needs it."""
    return {
        **{name: _in_words(value) for name, value in words.items()},
        "_": _, "gettext": _, "ngettext": ngettext, "pick": pick, "won": won, "day": _day, "moment": _moment,
        "name": to.name, "public_url": settings().public_url, "unsubscribe": unsubscribe, "group": kind.group,
    }  # fmt: skip


class Instant(str):
    """A time in words, which still knows when it is: a letter may write only its day."""

    when: datetime

    def __new__(cls, when: datetime) -> "Instant":
        told = super().__new__(cls, moment(when))
        told.when = when
        return told


def _day(when: Any) -> str:
    if isinstance(when, Instant):
        return day(when.when)
    return day(when) if isinstance(when, date) else str(when)


def _moment(when: Any, zone: str | None = None) -> str:
    if isinstance(when, Instant):
        return moment(when.when, zone)
    return moment(when, zone) if isinstance(when, datetime) else str(when)


def _in_words(value: Any) -> Any:
    """What is filled in, in the language of the letter: sentences of ours, texts kept in both languages, instants, and
    functions that say something."""
    if callable(value):
        value = value()
    if isinstance(value, datetime):
        return Instant(value)
    if isinstance(value, Mapping) and set(value) <= set(LANGUAGES):
        return pick(value)
    return str(value) if type(value).__name__ == "LazyString" else value


def _page(kind: LetterKind) -> Template:
    try:
        return current_app.jinja_env.get_template(f"{kind.template}.html")
    except TemplateNotFound:
        return current_app.jinja_env.get_template("layout/letter.html")


def _block(template: Template, name: str, words: Mapping[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(dict(words))))


def _tidy(text: str) -> str:
    """No more than one empty line at a time: what a template leaves out leaves no hole."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def paragraphs(body: str) -> list[Paragraph]:
    """The body, taken apart for layout."""
    found = []
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = tuple(line.strip() for line in part.strip().splitlines())
        if not lines:
            continue
        if re.fullmatch(r"https?://\S+", lines[-1]):
            found.append(Paragraph(tuple(line.rstrip(":：") for line in lines[:-1]) or (lines[-1],), lines[-1]))
        else:
            found.append(Paragraph(lines))
    return found
