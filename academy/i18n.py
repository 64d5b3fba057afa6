"""Korean and English: which one, and how dates and amounts are written in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Self, cast
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale
from flask_babel import lazy_gettext as _lazy_gettext
from flask_login import current_user
from markupsafe import Markup

from academy.config import settings
from academy.paths import translations_dir

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
LANGUAGE_NAMES: dict[Language, str] = {"ko": "한국어", "en": "English"}

# Flask-Babel carries no types; this is its function, typed.
_l: Callable[..., Any] = _lazy_gettext

__all__ = [
    "LANGUAGES",
    "LANGUAGE_NAMES",
    "Language",
    "Sentence",
    "_",
    "_l",
    "browser_language",
    "clock_time",
    "day",
    "force_locale",
    "init_app",
    "language",
    "local_day",
    "moment",
    "ngettext",
    "pick",
    "say",
    "won",
]


def init_app(app: Flask) -> None:
    """Teach the application both languages."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations_dir())
    Babel(app, locale_selector=_choose, timezone_selector=lambda: settings().timezone)
    app.jinja_env.globals.update(
        pick=pick, won=won, day=day, clock_time=clock_time, moment=moment, language=language,
        LANGUAGE_NAMES=LANGUAGE_NAMES, _=_on_page, gettext=_on_page, ngettext=_on_page_many,
    )  # fmt: skip


# A page asks for a hundred sentences, and Flask-Babel looks the catalogue up anew for each: a quarter of all the work
# of a page. Which language it is, it still decides.


@cache
def _catalogue(name: str) -> NullTranslations:
    return Translations.load(str(translations_dir()), [name])


def _sentences() -> NullTranslations:
    """The sentences of the page being written; outside of any page, those of the code."""
    locale = get_locale()
    return _catalogue(locale.language) if locale else NullTranslations()


def _(sentence: str, **named: Any) -> str:
    """A sentence in the language of the page, with `%(name)s` filled in."""
    told: str = _sentences().ugettext(sentence)
    return told % named if named else told


def ngettext(one: str, many: str, num: int, **named: Any) -> str:
    """The sentence that fits a number, which it may name as `%(num)s`."""
    told: str = _sentences().ungettext(one, many, num)
    return told % {"num": num, **named}


def _on_page(sentence: str, **named: Any) -> Markup:
    """A sentence in a template: what is filled in is escaped, and %% is one sign, as in Jinja's own."""
    told = Markup(_sentences().ugettext(sentence))  # noqa: S704 - sentences are ours
    return told % named if named or "%" in told else told


def _on_page_many(one: str, many: str, num: int, **named: Any) -> Markup:
    return Markup(_sentences().ungettext(one, many, num)) % {"num": num, **named}  # noqa: S704


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that is kept and said later, in the language of whoever reads it. Needs no page and no settings.

    `facts` fill its `%(name)s`; they are texts and whole numbers, so that it can be kept as JSON.
    """

    msgid: str
    facts: Mapping[str, str | int]

    def words(self, name: Language) -> str:
        told: str = _catalogue(name).ugettext(self.msgid)
        return told % dict(self.facts) if self.facts else told

    def __str__(self) -> str:
        """In the language of the page; outside of any page, in English."""
        return self.words(language()) if has_request_context() else self.words("en")

    def as_json(self) -> dict[str, Any]:
        return {"say": self.msgid, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(kept["say"], kept["facts"])


def say(sentence: str, **facts: str | float) -> Sentence:
    """A sentence to keep. Numbers with a fraction are written short (`%g`)."""
    return Sentence(sentence, {name: f"{fact:g}" if isinstance(fact, float) else fact for name, fact in facts.items()})


def _choose() -> Language:
    """The person's own choice, else this browser's, else what it accepts, else the installation's."""
    chosen = current_user.language if has_request_context() else None
    return chosen if chosen in LANGUAGES else browser_language()


def browser_language() -> Language:
    """What this browser chose or accepts. Asks no database, so that an error page can be written without one."""
    default = cast(Language, settings().default_language)
    if not has_request_context():
        return default
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return cast(Language, chosen)
    return cast(Language, request.accept_languages.best_match(LANGUAGES, default))


def language() -> Language:
    """The language of the page being written."""
    locale = get_locale()
    return "en" if locale and locale.language == "en" else "ko"


def pick(text: Mapping[str, str] | None) -> str:
    """One of the languages of a text that is kept in several: this page's, else any that exists."""
    if not text:
        return ""
    return text.get(language()) or text.get("ko") or next(iter(text.values()), "")


def won(amount: int) -> str:
    """An amount of money: `7,000원` / `KRW 7,000`."""
    return f"{amount:,}원" if language() == "ko" else f"KRW {amount:,}"


def day(when: datetime | date, zone: str | None = None) -> str:
    """A date; that of an instant is where the reader (or the centre) is."""
    there = when.astimezone(_zone(zone)) if isinstance(when, datetime) else when
    return format_date(there, "long", locale=language())


def local_day(instant: datetime) -> date:
    """The day of an instant on the installation's calendar, for files; pages write it with `day`."""
    return instant.astimezone(_zone(None)).date()


def clock_time(instant: datetime, zone: str | None = None) -> str:
    """The time of day, "14:05" in both languages: the locale data writes AM and PM into Korean."""
    return format_time(instant.astimezone(_zone(zone)), "HH:mm", locale=language())


def moment(instant: datetime, zone: str | None = None) -> str:
    """Date and time of an instant where the reader (or the centre) is."""
    pattern = "y년 M월 d일 HH:mm" if language() == "ko" else "MMM d, y, HH:mm"
    return format_datetime(instant, pattern, tzinfo=_zone(zone), locale=language())


def _zone(name: str | None) -> ZoneInfo:
    return ZoneInfo(name or settings().timezone)
