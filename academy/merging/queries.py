"""Reading two accounts that are to become one: what stands in the way, and what would go along."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from academy.accounts.models import User
from academy.db import db, for_change
from academy.ledger.queries import balances
from academy.ledger.rules import client_account, due_account
from academy.merging.rules import Account, Obstacle, obstacles
from academy.privacy.finding import table_of
from academy.privacy.rules import BY_TABLE, INVENTORY, Kept, Merge, Owner
from academy.projects.models import Lease, Project, ReviewDecision, Unit
from academy.projects.rules import UnitState
from exams.sittings.models import Sitting

SHOWN = ("award", "sitting", "enrolment", "task_passed", "seat", "federated_identity")
"""The tables by which a person recognises what is theirs."""
MOVED_MONEY = (due_account, client_account)
"""The purses whose money goes along."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the account that is emptied."""

    emptied: User
    kept: User
    obstacles: list[Obstacle]
    counts: dict[str, int]
    money: int

    @property
    def possible(self) -> bool:
        return not self.obstacles


def both_held(one_id: int, other_id: int) -> dict[int, User]:
    """Both people, held until the transaction ends; in one order, so that two merges never wait for each other."""
    query = for_change(select(User).where(User.id.in_([one_id, other_id])).order_by(User.id))
    query = query.with_for_update(of=User).execution_options(populate_existing=True)
    return {user.id: user for user in db.session.scalars(query).unique()}


def person(user_id: int) -> User | None:
    """Somebody whose account can still be opened."""
    query = select(User).join(User.identity).where(User.id == user_id, User.closed_at.is_(None))
    return db.session.scalars(query.where(User.erased_at.is_(None))).unique().one_or_none()


def previews(one: User, other: User) -> tuple[Preview, Preview]:
    """Both ways in which the two could become one: first the one in which `one` is kept."""
    accounts = {user.id: _account(user) for user in (one, other)}
    counts = {user.id: _counts(user.id) for user in (one, other)}
    reviewed = _reviewed(one.id, other.id)
    held = balances([name(user.id) for user in (one, other) for name in MOVED_MONEY])

    def way(emptied: User, kept: User) -> Preview:
        stands = obstacles(accounts[emptied.id], accounts[kept.id], reviewed_each_other=reviewed)
        money = sum(held[name(emptied.id)] for name in MOVED_MONEY)
        return Preview(emptied, kept, stands, counts[emptied.id], money)

    return way(other, one), way(one, other)


def in_the_way(emptied: User, kept: User) -> list[Obstacle]:
    """What must be settled first."""
    return obstacles(_account(emptied), _account(kept), reviewed_each_other=_reviewed(emptied.id, kept.id))


def _account(user: User) -> Account:
    sittings = select(func.count(Sitting.id)).where(Sitting.candidate_id == user.id, Sitting.closed_at.is_(None))
    undecided = Unit.state.in_((UnitState.SUBMITTED, UnitState.RETURNED))
    units = select(func.count(Unit.id)).where(Unit.labeler_id == user.id, undecided)
    leases = select(func.count(Lease.id)).where(Lease.labeler_id == user.id, Lease.ended_at.is_(None))
    projects = select(func.count(Project.id)).where(Project.client_id == user.id)
    running, waiting, held, brought = db.session.execute(
        select(*(query.scalar_subquery() for query in (sittings, units, leases, projects)))
    ).one()
    return Account(
        id=user.id,
        holds_role=user.is_staff,
        exams_running=running,
        work_open=waiting + held,
        projects=brought,
        leaving=user.leaving_at is not None,
        waits_for_guardian=user.guardian_wanted_at is not None,
    )


def _reviewed(one_id: int, other_id: int) -> bool:
    """Whether one of the two decided on the other's work."""
    mutual = or_(
        and_(ReviewDecision.labeler_id == one_id, ReviewDecision.reviewer_id == other_id),
        and_(ReviewDecision.labeler_id == other_id, ReviewDecision.reviewer_id == one_id),
    )
    return bool(db.session.scalar(select(exists().where(mutual))))


def _counts(user_id: int) -> dict[str, int]:
    """How many rows of the tables by which people recognise what is theirs."""
    queries = [
        select(func.count()).select_from(table_of(name)).where(held_by(BY_TABLE[name], user_id)).scalar_subquery()
        for name in SHOWN
    ]
    return dict(zip(SHOWN, db.session.execute(select(*queries)).one(), strict=True))


def to(policy: Merge) -> list[Kept]:
    """The tables of which rows move, or are copied."""
    return [row for row in INVENTORY if row.merge is policy]


def owner_of(row: Kept) -> Owner:
    """The one column by which rows of a table that moves or is copied name their person."""
    (owner,) = row.owners
    if owner.parent:
        raise LookupError(f"rows of {row.table} follow those of {owner.parent}: they neither move nor are copied")
    return owner


def held_by(row: Kept, user_id: int) -> ColumnElement[bool]:
    """The rows of this table that belong to this very account (and not to one that became part of it before)."""
    return table_of(row.table).c[owner_of(row).column] == user_id


def already_there(row: Kept, kept_id: int) -> ColumnElement[bool]:
    """Rows of this table of which the account that stays has the same already: they stay behind."""
    table, owner = table_of(row.table), owner_of(row).column
    same = []
    for key in table.constraints | set(table.indexes):
        names = [column.name for column in getattr(key, "columns", ())]
        if owner in names and len(names) > 1 and getattr(key, "unique", True) and not _partial(key):
            theirs = table.alias()
            rest = [theirs.c[name] == table.c[name] for name in names if name != owner]
            same.append(exists().where(theirs.c[owner] == kept_id, *rest))
    return or_(*same) if same else table.c[owner].is_(None)


def _partial(key: object) -> bool:
    """An index that counts for some rows only, such as those of running exams; what it guards is an obstacle."""
    options = getattr(key, "dialect_options", {})
    return any(options[dialect].get("where") is not None for dialect in ("sqlite", "postgresql") if dialect in options)
