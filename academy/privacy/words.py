"""What we keep, why and how long, in sentences for the people it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from academy.accounts.consents import Purpose, Source
from academy.i18n import _, _l, ngettext
from academy.privacy.rules import INVENTORY, PASSING, Erase, Group, Kept, Term

GROUP_WORDS: Mapping[Group, tuple[Any, Any]] = {
    Group.ACCOUNT: (_l("Your account"), _l("So that you can sign in and we know what to call you.")),
    Group.SECURITY: (_l("Signing in"), _l("So that nobody but you gets into your account.")),
    Group.LETTERS: (_l("Letters"), _l("So that our e-mails reach you, and only those you want.")),
    Group.CONSENTS: (_l("What you allowed"), _l("So that we do only what you agreed to, and can show that you did.")),
    Group.LEARNING: (_l("Learning"), _l("So that you can go on where you stopped and see how you get better.")),
    Group.CLASSES: (_l("Classes"), _l("So that your instructor knows who sits in the class and who was there.")),
    Group.EXAMS: (_l("Exams"), _l("So that a result can be shown, checked and disputed later.")),
    Group.BADGES: (_l("Badges"), _l("So that whoever you show a badge to can check that it is real.")),
    Group.WORK: (_l("Paid work"), _l("So that your work is reviewed and paid fairly, and can be explained later.")),
    Group.MONEY: (_l("Money"), _l("Because the law asks us to keep books, and so that you can see every won.")),
    Group.STAFF: (_l("Looking after the house"), _l("So that it can be shown who did what with your account.")),
}
"""Each part by name, and what we keep it for."""

TABLE_WORDS: Mapping[str, Any] = {
    "user": _l("your number, language and text size"),
    "identity": _l("your name, e-mail address and password (only as a code that can not be read back)"),
    "sign_in": _l("the browsers you signed in with"),
    "role_grant": _l("roles you were given"),
    "one_use_link": _l("links you were sent to prove your address or choose a new password"),
    "authenticator_app": _l("the app that shows your sign-in codes"),
    "passkey": _l("your passkeys"),
    "passkey_ceremony": _l("questions just put to your passkey"),
    "recovery_code": _l("your recovery codes (only as codes that can not be read back)"),
    "federated_identity": _l("the accounts elsewhere that open yours: which house, your number there, since when"),
    "round_trip": _l("that you just went to another service to sign in"),
    "account_merge": _l("that two accounts of yours became one"),
    "audit_event": _l("what was done with your account, and by whom"),
    "job": _l("work our computers did for you in the background"),
    "letter": _l("letters we sent you: when and about what, not the text"),
    "mail_choice": _l("which letters you want"),
    "approval": _l("requests of staff that a second person had to agree to"),
    "consent": _l("every yes and no you gave us"),
    "erasure_wish": _l("your wishes to be forgotten"),
    "data_export": _l("copies of your data that you asked for"),
    "enrolment": _l("the courses you began"),
    "step_done": _l("the steps of lessons you finished"),
    "task_passed": _l("the practice pictures you passed"),
    "quiz_answer": _l("your answers in lessons"),
    "attempt": _l("your drawings in practice, and how they were graded"),
    "trial": _l("the picture you tried before you had an account"),
    "record": _l("the story of what you did here"),
    "seat": _l("your seats in classes"),
    "attendance_event": _l("when you came to class"),
    "cohort": _l("classes you teach"),
    "upload": _l("data you brought as staff"),
    "transfer": _l("files on their way here that you send as staff"),
    "gold": _l("gold labels you drew or corrected"),
    "change": _l("your changes to labels, guidelines, task sets and gold"),
    "second_look": _l("your second looks at gold"),
    "join_code": _l("class codes you made"),
    "sitting": _l("the exams you sat"),
    "paper_item": _l("the questions on your exam papers"),
    "answer": _l("your exam answers"),
    "answer_event": _l("every saving of your exam answers"),
    "result": _l("your exam results"),
    "award": _l("your badges"),
    "award_event": _l("when your badges were issued or revoked"),
    "unit": _l("the pictures you labelled for pay"),
    "lease": _l("the pictures you held, and until when"),
    "submission": _l("your drawings in paid work"),
    "review": _l("reviews of your work"),
    "review_decision": _l("what reviewers said about your work"),
    "project": _l("projects you brought"),
    "ledger_account": _l("your accounts in our books"),
    "posting": _l("money that moved to or from you"),
    "entry": _l("what that money was for"),
    "turnover": _l("your earnings week by week"),
}
"""Each table of the inventory, as it is called in the README of an export and on the privacy page."""

TERM_WORDS: Mapping[str, Any] = {
    "sign-ins": _l("after you signed out"),
    "links": _l("after the link ran out"),
    "letters": _l("after the letter was sent; its text goes as soon as it was delivered"),
    "jobs": _l("after the work was finished"),
    "trials": _l("after the try"),
    "exports": _l("after you asked for it"),
    "audit": _l("after it was done"),
    "ledger": _l("after the money moved; the law asks for five years"),
    "consents": _l("after your account was deleted, to show what you had agreed to"),
    "learning": _l("after your account was deleted, under a number without your name"),
    "classes": _l("after your account was deleted, under a number without your name"),
    "exams": _l("after your account was deleted, under a number without your name"),
    "work": _l("after your account was deleted, under a number without your name"),
}
"""From when each term is counted."""


def how_long(days: int) -> str:
    """A number of days as people say it."""
    if days >= 365:
        years = days // 365
        return ngettext("%(num)s year", "%(num)s years", years)
    return ngettext("%(num)s day", "%(num)s days", days)


def term_words(name: str, term: Term) -> str:
    """How long something is kept, as one phrase: "30 days after you signed out"."""
    return _("%(span)s %(after)s", span=how_long(term.days), after=TERM_WORDS[name])


def how_long_kept(kept: Kept, terms: Mapping[str, Term]) -> str:
    """How long rows of a table stay."""
    if kept.term:
        return term_words(kept.term, terms[kept.term])
    if kept.table in PASSING:
        return _("for some minutes")
    if kept.erase is Erase.DELETE:
        return _("as long as you have an account")
    return _("as long as it is needed; after your account was deleted, under a number without your name")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what we keep: what for, and what how long."""

    title: str
    reason: str
    terms: Mapping[str, Sequence[str]]
    """What is kept, by how long."""


def parts_kept(terms: Mapping[str, Term]) -> list[Part]:
    """The whole inventory as the privacy page tells it."""
    parts = []
    for group, (title, reason) in GROUP_WORDS.items():
        told: dict[str, list[str]] = {}
        for kept in INVENTORY:
            if kept.group is group:
                told.setdefault(how_long_kept(kept, terms), []).append(str(TABLE_WORDS[kept.table]))
        parts.append(Part(str(title), str(reason), told))
    return parts


PURPOSE_WORDS: Mapping[Purpose, tuple[Any, Any]] = {
    Purpose.CENTRE: (
        _l("My centre may see how far I am"),
        _l("Your instructor then sees your progress on the class board. Who is here, they see in any case."),
    ),
    Purpose.CITY_REPORT: (
        _l("I may be counted in the city's report"),
        _l("The report has numbers about whole classes only, never your name."),
    ),
    Purpose.CLIENTS: (
        _l("Clients may see my skills"),
        _l("Whoever brings paid work then sees how accurate and steady your work is, without your name."),
    ),
    Purpose.RECOMMENDED: (
        _l("I may be recommended for work"),
        _l("We then tell clients and the centre about you when work fits your badges."),
    ),
    Purpose.NEWS: (_l("News by e-mail"), _l("Now and then a letter about new courses and projects.")),
    Purpose.FOURTEEN: (_l("I am 14 years old or older"), ""),
    Purpose.GUARDIAN: (_l("A parent or guardian agreed"), ""),
    Purpose.ADULT: (_l("I am 18 years old or older"), ""),
    Purpose.TERMS: (_l("The privacy notice was read"), ""),
}
"""Each consent as it is asked, and what it means."""

SOURCE_WORDS: Mapping[Source, Any] = {
    Source.PAGE: _l("said by you"),
    Source.LINK: _l("said with the link we sent"),
    Source.STAFF: _l("written down by staff"),
}
"""How a consent reached us."""
