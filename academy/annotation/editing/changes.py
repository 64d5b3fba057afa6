"""Changes by hand are written down with what was before, so that each can be taken back.

Who keeps a subject says here how its present state is read and how an earlier one is brought back; see `keeps`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from academy import audit
from academy.annotation.editing.models import Change, SecondLook
from academy.db import db, guarded
from academy.errors import Conflict
from academy.i18n import _l

__all__ = ["Change", "ChangedSince", "SecondLook", "keeps", "record", "undo"]


class ChangedSince(Conflict):
    """A change can not be taken back: what it changed is not as it left it."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """How changes of one kind of subject are taken back.

    present: what stands now in the place of `after`, in the same form; it differs if somebody went on from there.
    restore: brings `before` back; raises Conflict with a sentence where that can not be.
    """

    present: Callable[[Change], list[Any]]
    restore: Callable[[Change, int, datetime], None]


_KEEPERS: dict[str, Keeper] = {}


def keeps(kind: str, present: Callable[[Change], list[Any]], restore: Callable[[Change, int, datetime], None]) -> None:
    """Say how changes of subjects "kind:..." are taken back."""
    _KEEPERS[kind] = Keeper(present, restore)


def record(
    subject: str, act: str, before: Sequence[Any], after: Sequence[Any], by_id: int, now: datetime
) -> Change | None:
    """Write down one change of `subject` (see changing.Change) and audit it; None when nothing differs."""
    if list(before) == list(after):
        return None
    change = Change(subject=subject, act=act, before=list(before), after=list(after), by_id=by_id, at=now)
    db.session.add(change)
    db.session.flush()
    audit.note(act, by=by_id, subject=subject, detail={"change": change.id}, now=now)
    return change


def undo(change: Change, by_id: int, now: datetime) -> None:
    """Bring back what was before a change. Raises ChangedSince when somebody has changed it again since."""
    keeper = _KEEPERS[change.subject.partition(":")[0]]
    taken = update(Change).where(Change.id == change.id, Change.undone_at.is_(None))
    if not guarded(taken.values(undone_at=now, undone_by_id=by_id)):
        raise ChangedSince(_l("This change was taken back before."))
    if keeper.present(change) != change.after:
        raise ChangedSince(
            _l("Somebody has changed this again since, so it was not taken back. Look at the newer changes first.")
        )
    keeper.restore(change, by_id, now)
    db.session.flush()
    audit.note("change taken back", by=by_id, subject=change.subject, detail={"change": change.id}, now=now)
