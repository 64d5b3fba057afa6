"""What we keep about people, table by table: whose a row is, what becomes of it, how long it stays. Pure.

`INVENTORY` has every table that holds something about a person and `NOT_ABOUT_PEOPLE` every other one;
tests/academy/privacy/test_inventory.py compares both with the models, so no table is forgotten. The export, the
erasure, the retention job, the privacy page and the merge of two accounts all read this one list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

GRACE = timedelta(days=7)
"""Between the wish to be forgotten and its fulfilment."""


class Erase(StrEnum):
    """What becomes of a row when its person is erased."""

    DELETE = "delete"
    KEEP = "keep under a number"
    """The row stays; the number in it no longer leads to anybody. Words in it (`texts`) are blanked."""


class Merge(StrEnum):
    """What becomes of a row when its account is merged into another one of the same person."""

    MOVE = "move"
    """The row belongs to the account that stays, unless that one has the same already."""
    COPY = "copy"
    """The row can not be changed, so the account that stays is given a copy."""
    STAY = "stay"


class Group(StrEnum):
    """Parts in which the privacy page and the export show what we keep."""

    ACCOUNT = "account"
    SECURITY = "security"
    LETTERS = "letters"
    CONSENTS = "consents"
    LEARNING = "learning"
    CLASSES = "classes"
    EXAMS = "exams"
    BADGES = "badges"
    WORK = "work"
    MONEY = "money"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Owner:
    """How a row names its person: `column` is their number, or with `parent` the number of a row that is theirs.

    With `back` it is the other way round: rows of `parent` that are theirs name this row in their column `back`.
    """

    column: str
    parent: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One table that holds something about people."""

    table: str
    group: Group
    owners: tuple[Owner, ...]
    erase: Erase
    merge: Merge
    others: tuple[str, ...] = ()
    """Columns that name people who acted on the row: in their own export it appears, in erasure it stays a number."""
    secrets: tuple[str, ...] = ()
    """Columns that leave the house for nobody, not even for the person: hashes, seals, tokens."""
    texts: tuple[str, ...] = ()
    """What people wrote in a row that stays: blanked when the person is erased."""
    term: str = ""
    """How long rows stay: a name in TERMS. Without one, as long as the account, or as `erase` says."""


def kept(
    table: str,
    group: Group,
    *owners: str,
    erase: Erase = Erase.DELETE,
    merge: Merge = Merge.MOVE,
    others: tuple[str, ...] = (),
    secrets: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    term: str = "",
) -> Kept:
    """A row of the inventory; an owner is written "user_id", "seat_id -> seat" or "id <- posting.entry_id"."""
    return Kept(table, group, tuple(map(_owner, owners)), erase, merge, others, secrets, texts, term)


def _owner(written: str) -> Owner:
    if " <- " in written:
        column, _, child = written.partition(" <- ")
        parent, _, back = child.partition(".")
        return Owner(column, parent, back)
    column, _, parent = written.partition(" -> ")
    return Owner(column, parent)


_KEEP, _STAY, _COPY = Erase.KEEP, Merge.STAY, Merge.COPY

INVENTORY: tuple[Kept, ...] = (
    # Who somebody is, and how they come in.
    kept("user", Group.ACCOUNT, "id", erase=_KEEP, merge=_STAY),
    kept("identity", Group.ACCOUNT, "user_id", merge=_STAY, secrets=("password_hash", "name_key", "email_key")),
    kept("sign_in", Group.SECURITY, "user_id", merge=_STAY, secrets=("token_hash",), term="sign-ins"),
    kept("role_grant", Group.STAFF, "user_id", erase=_KEEP, merge=_STAY, others=("granted_by", "revoked_by"),
         term="audit"),
    kept("one_use_link", Group.SECURITY, "user_id", merge=_STAY, others=("made_by",),
         secrets=("token_hash", "email_hash", "data"), term="links"),
    kept("authenticator_app", Group.SECURITY, "user_id", merge=_STAY, secrets=("sealed", "last_step")),
    kept("passkey", Group.SECURITY, "user_id", merge=_STAY, secrets=("credential_id", "public_key", "sign_count")),
    kept("passkey_ceremony", Group.SECURITY, "user_id", merge=_STAY, secrets=("challenge",)),
    kept("recovery_code", Group.SECURITY, "user_id", merge=_STAY, secrets=("salt", "code_hash")),
    kept("federated_identity", Group.SECURITY, "user_id"),
    kept("round_trip", Group.SECURITY, "user_id", merge=_STAY,
         secrets=("state_hash", "browser_hash", "nonce", "verifier")),
    kept("account_merge", Group.ACCOUNT, "kept_id", "emptied_id", erase=_KEEP, merge=_STAY),
    # What happened around an account.
    kept("audit_event", Group.STAFF, "about_id", erase=_KEEP, merge=_STAY, others=("actor_id",), term="audit"),
    kept("job", Group.STAFF, "requested_by_id", merge=_STAY, secrets=("problem",), term="jobs"),
    kept("letter", Group.LETTERS, "user_id", merge=_STAY, secrets=("sealed", "public_id", "key"), term="letters"),
    kept("mail_choice", Group.LETTERS, "user_id", merge=_STAY),
    # What people allow, and what they ask of us.
    kept("consent", Group.CONSENTS, "user_id", erase=_KEEP, merge=_STAY, others=("by_id",), term="consents"),
    kept("erasure_wish", Group.CONSENTS, "user_id", erase=_KEEP, merge=_STAY, term="consents"),
    kept("data_export", Group.CONSENTS, "user_id", merge=_STAY, secrets=("public_id",), term="exports"),
    kept("approval", Group.STAFF, "about_id", erase=_KEEP, merge=_STAY, others=("asked_by", "decided_by"),
         texts=("reason", "answer"), term="audit"),
    # Learning.
    kept("enrolment", Group.LEARNING, "user_id"),
    kept("step_done", Group.LEARNING, "user_id"),
    kept("task_passed", Group.LEARNING, "user_id"),
    kept("quiz_answer", Group.LEARNING, "user_id"),
    kept("attempt", Group.LEARNING, "learner_id", erase=_KEEP, merge=_COPY, secrets=("idempotency_key",),
         term="learning"),
    kept("trial", Group.LEARNING, "attempt_id -> attempt", merge=_STAY, secrets=("token", "idempotency_key"),
         term="trials"),
    kept("record", Group.LEARNING, "user_id", erase=_KEEP, merge=_COPY, term="learning"),
    # Classes.
    kept("seat", Group.CLASSES, "learner_id", erase=_KEEP, term="classes"),
    kept("attendance_event", Group.CLASSES, "seat_id -> seat", erase=_KEEP, merge=_STAY, others=("by_id",),
         texts=("reason",), term="classes"),
    kept("cohort", Group.STAFF, erase=_KEEP, merge=_STAY, others=("instructor_id",)),
    kept("upload", Group.STAFF, "by_id", erase=_KEEP, merge=_STAY, secrets=("token", "sources")),
    kept("transfer", Group.STAFF, "by_id", secrets=("token", "pieces")),
    kept("gold", Group.STAFF, erase=_KEEP, merge=_STAY, others=("by_id",)),
    kept("change", Group.STAFF, "by_id", erase=_KEEP, merge=_STAY, others=("undone_by_id",)),
    kept("second_look", Group.STAFF, "by_id", erase=_KEEP, merge=_STAY, others=("asked_by_id",), texts=("note",)),
    kept("join_code", Group.STAFF, erase=_KEEP, merge=_STAY, others=("made_by_id",), secrets=("hash",)),
    # Exams.
    kept("sitting", Group.EXAMS, "candidate_id", erase=_KEEP, secrets=("device",), term="exams"),
    kept("paper_item", Group.EXAMS, "sitting_id -> sitting", erase=_KEEP, merge=_STAY, term="exams"),
    kept("answer", Group.EXAMS, "paper_item_id -> paper_item", erase=_KEEP, merge=_STAY, term="exams"),
    kept("answer_event", Group.EXAMS, "sitting_id -> sitting", erase=_KEEP, merge=_STAY, secrets=("client_id",),
         term="exams"),
    kept("result", Group.EXAMS, "sitting_id -> sitting", erase=_KEEP, merge=_STAY, texts=("reason",), term="exams"),
    # Badges.
    kept("award", Group.BADGES, "user_id", erase=_KEEP),
    kept("award_event", Group.BADGES, "award_id -> award", erase=_KEEP, merge=_STAY, others=("by_id",),
         texts=("reason",)),
    # Paid work. Where two accounts become one it stays with the one that did it, as a submission can not change hands;
    # what was earned by it goes along (see academy/merging).
    kept("unit", Group.WORK, "labeler_id", erase=_KEEP, merge=_STAY),
    kept("lease", Group.WORK, "labeler_id", erase=_KEEP, merge=_STAY, term="work"),
    kept("submission", Group.WORK, "labeler_id", erase=_KEEP, merge=_STAY, secrets=("key",), term="work"),
    kept("review", Group.WORK, "labeler_id", erase=_KEEP, merge=_STAY, others=("reviewer_id",), term="work"),
    kept("review_decision", Group.WORK, "labeler_id", erase=_KEEP, merge=_STAY, others=("reviewer_id",),
         texts=("note",), term="work"),
    kept("project", Group.WORK, "client_id", erase=_KEEP, merge=_STAY),
    # Money. Accounts carry a person's number in their name; what moved between them hangs on the accounts.
    kept("ledger_account", Group.MONEY, "name", erase=_KEEP, merge=_STAY),
    kept("posting", Group.MONEY, "source_id -> ledger_account", "target_id -> ledger_account", erase=_KEEP,
         merge=_STAY, term="ledger"),
    kept("entry", Group.MONEY, "id <- posting.entry_id", erase=_KEEP, merge=_STAY, term="ledger"),
    kept("turnover", Group.MONEY, "account_id -> ledger_account", erase=_KEEP, merge=_STAY),
)  # fmt: skip

NOT_ABOUT_PEOPLE: Mapping[str, str] = {
    "achievement": "what a badge stands for",
    "arrival": "people who come in with an account elsewhere for the first time, for half an hour",
    "centre": "an institution",
    "course": "teaching material",
    "exam": "teaching material",
    "exam_item": "teaching material",
    "guideline": "teaching material",
    "guideline_rule": "teaching material",
    "label": "teaching material",
    "label_set": "teaching material",
    "lesson": "teaching material",
    "limit_use": "keyed hashes that nobody can lead back to a person, for minutes",
    "media": "teaching material and clients' pictures",
    "media_frame": "teaching material and clients' pictures",
    "meeting": "when a class meets",
    "opinion": "what annotators elsewhere said of a task, under the names in their files; never an account here",
    "project_requirement": "what a project asks for",
    "project_tally": "counts of a whole project",
    "quality_report": "measurements of gold",
    "question": "teaching material",
    "question_version": "teaching material",
    "retention_mark": "empty but for the moment in which old rows go",
    "signing_key": "our own keys",
    "status_list": "one bit for each badge, without names",
    "step": "teaching material",
    "step_question": "teaching material",
    "task": "teaching material and clients' pictures",
    "task_set": "teaching material and clients' pictures",
    "task_tag": "teaching material",
    "upload_file": "what staff brought for a task set",
}

PASSING = frozenset({"passkey_ceremony", "round_trip"})
"""Rows that live for minutes; their own rooms sweep them."""

BY_TABLE: Mapping[str, Kept] = {row.table: row for row in INVENTORY}


def merge_policy(table: str) -> Merge:
    """What becomes of this table's rows when two accounts of one person become one."""
    return BY_TABLE[table].merge


# How long ----------------------------------------------------------------------------------------------------------


class Since(StrEnum):
    """What the days of a term are counted from."""

    ROW = "the row"
    ERASURE = "the erasure of its person"


@dataclass(frozen=True, slots=True)
class Term:
    """How many days rows stay, and from when; `least` is what the law or the purpose asks for."""

    days: int
    since: Since
    least: int = 0
    most: int = 36_500


TERMS: Mapping[str, Term] = {
    "sign-ins": Term(30, Since.ROW, most=365),
    "links": Term(30, Since.ROW, most=90),
    "letters": Term(30, Since.ROW, least=7, most=365),
    "jobs": Term(30, Since.ROW, least=1, most=365),
    "trials": Term(30, Since.ROW, most=30),
    "exports": Term(7, Since.ROW, least=1, most=30),
    "audit": Term(5 * 365, Since.ROW, least=365),
    "ledger": Term(5 * 365 + 2, Since.ROW, least=5 * 365 + 2),
    "consents": Term(3 * 365, Since.ERASURE, least=365),
    "learning": Term(365, Since.ERASURE),
    "classes": Term(3 * 365, Since.ERASURE),
    "exams": Term(5 * 365, Since.ERASURE, least=365),
    "work": Term(5 * 365 + 2, Since.ERASURE, least=365),
}
"""The names that ACADEMY_RETENTION may set, with what holds where it is silent."""


def read_terms(text: str) -> dict[str, Term]:
    """The terms of an installation: "letters=14,audit=3650" over the usual ones. Raises ValueError with a sentence."""
    found = dict(TERMS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, days = (piece.strip() for piece in part.partition("="))
        if name not in TERMS:
            raise ValueError(f"there is no term {name!r}; the terms are {', '.join(sorted(TERMS))}")
        usual = TERMS[name]
        if not (days.isascii() and days.isdigit()) or not usual.least <= int(days) <= usual.most:
            raise ValueError(f"{name}={days!r} does not do: give days from {usual.least} to {usual.most}")
        found[name] = Term(int(days), usual.since, usual.least, usual.most)
    return found
