"""Label sets by hand: made, edited label by label, ordered, retired and brought back. Nothing is ever deleted."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from academy.annotation.editing import changes
from academy.annotation.editing.changes import Change
from academy.annotation.models import Label, LabelSet, TaskSet
from academy.annotation.sketch import PALETTE
from academy.db import db
from academy.errors import Conflict, Refused
from academy.i18n import _l

_FAR = 1_000_000
SAID = ("name", "title", "description", "color", "hotkey", "attributes", "skeleton")
"""What a label says of itself; beside it stand its place, its parent and whether it is retired."""


class NameTaken(Refused):
    """Something of this name is there already."""


def make_label_set(slug: str, title: Mapping[str, str], by_id: int, now: datetime) -> LabelSet:
    """A new label set without labels. `slug` is its name in addresses and files."""
    if db.session.scalar(select(LabelSet.id).where(LabelSet.slug == slug)) is not None:
        raise NameTaken(_l("There is a label set with this name already. Choose another name."))
    made = LabelSet(slug=slug, title=dict(title))
    db.session.add(made)
    db.session.flush()
    changes.record(f"label-set:{made.id}", "label set made", [], snapshot(made), by_id, now)
    return made


def entitle(label_set: LabelSet, title: Mapping[str, str], by_id: int, now: datetime) -> Change | None:
    """Give a label set another title."""
    return _changed(label_set, "label set renamed", {"title": dict(title)}, [], by_id, now)


def add_label(label_set: LabelSet, said: Mapping[str, Any], by_id: int, now: datetime) -> Label:
    """A new label at the end of the set. `said`: name, title, and any other of SAID and parent (a label's name)."""
    refuse_taken(label_set, said["name"], None)
    before = snapshot(label_set)
    position = max((label.position for label in label_set.labels), default=0) + 1
    label = Label(label_set_id=label_set.id, position=position, color=PALETTE[(position - 1) % len(PALETTE)])
    _say(label_set, label, said)
    label_set.labels.append(label)
    db.session.flush()
    changes.record(f"label-set:{label_set.id}", "label added", before, snapshot(label_set), by_id, now)
    return label


def change_label(
    label_set: LabelSet, label: Label, said: Mapping[str, Any], by_id: int, now: datetime
) -> Change | None:
    """Change what a label says of itself, except its name: that stands in gold too, see renaming.rename."""
    if said.get("name", label.name) != label.name:
        raise ValueError("A label's name is changed by academy.annotation.editing.renaming.")
    before = snapshot(label_set)
    _say(label_set, label, said)
    db.session.flush()
    return changes.record(f"label-set:{label_set.id}", "label changed", before, snapshot(label_set), by_id, now)


def retire(label_set: LabelSet, label: Label, by_id: int, now: datetime) -> Change | None:
    """Offer a label no more. What was labelled with it stays as it is."""
    if label.retired_at is not None:
        return None
    return _changed(label_set, "label retired", {}, [(label, {"retired_at": now})], by_id, now)


def bring_back(label_set: LabelSet, label: Label, by_id: int, now: datetime) -> Change | None:
    return _changed(label_set, "label brought back", {}, [(label, {"retired_at": None})], by_id, now)


def move(label_set: LabelSet, label: Label, step: int, by_id: int, now: datetime) -> Change | None:
    """Move a label one place up (-1) or down (1); at the end of the list it stays where it is."""
    before = snapshot(label_set)
    ordered = sorted(label_set.labels, key=lambda one: one.position)
    place = ordered.index(label)
    other = place + step
    if not 0 <= other < len(ordered):
        return None
    ordered[place], ordered[other] = ordered[other], ordered[place]
    _order(label_set, [one.id for one in ordered])
    return changes.record(f"label-set:{label_set.id}", "labels ordered", before, snapshot(label_set), by_id, now)


def _order(label_set: LabelSet, ids: list[int]) -> None:
    """Give labels their places. Two may never have the same one, so all step aside first."""
    aside = update(Label).where(Label.label_set_id == label_set.id).values(position=Label.position + _FAR)
    db.session.execute(aside.execution_options(synchronize_session=False))
    for position, label_id in enumerate(ids, 1):
        place = update(Label).where(Label.id == label_id).values(position=position)
        db.session.execute(place.execution_options(synchronize_session=False))
    db.session.flush()
    for label in label_set.labels:
        db.session.refresh(label)
    label_set.labels.sort(key=lambda one: one.position)


def _changed(
    label_set: LabelSet,
    act: str,
    values: Mapping[str, Any],
    labels: list[tuple[Label, Mapping[str, Any]]],
    by_id: int,
    now: datetime,
) -> Change | None:
    before = snapshot(label_set)
    for name, value in values.items():
        setattr(label_set, name, value)
    for label, told in labels:
        for name, value in told.items():
            setattr(label, name, value)
    db.session.flush()
    return changes.record(f"label-set:{label_set.id}", act, before, snapshot(label_set), by_id, now)


def _say(label_set: LabelSet, label: Label, said: Mapping[str, Any]) -> None:
    for name in SAID:
        if name in said:
            setattr(label, name, said[name])
    if "parent" in said:
        parents = {one.name: one for one in label_set.labels}
        parent = parents.get(said["parent"])
        _refuse_circle(label, parent, {one.id: one for one in label_set.labels})
        label.parent_id = parent.id if parent is not None else None
    if label.hotkey:
        taken = next((one for one in label_set.labels if one is not label and one.hotkey == label.hotkey), None)
        if taken is not None and taken.retired_at is None:
            raise Refused(
                _l("The key %(key)s belongs to the label “%(label)s” already.", key=label.hotkey, label=taken.name)
            )


def _refuse_circle(label: Label, parent: Label | None, by_id: Mapping[int, Label]) -> None:
    above = parent
    while above is not None:
        if above is label:
            raise Refused(_l("A label can not stand below itself. Choose another label above it."))
        above = by_id.get(above.parent_id) if above.parent_id is not None else None


def refuse_taken(label_set: LabelSet, name: str, own: Label | None) -> None:
    taken = next((one for one in label_set.labels if one.name == name and one is not own), None)
    if taken is None:
        return
    if taken.retired_at is not None:
        raise NameTaken(_l("A retired label has this name. Bring it back instead."))
    raise NameTaken(_l("There is a label with this name already. Choose another name."))


def refuse_taken_slug(slug: str) -> None:
    """Names in addresses are plain."""
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
        raise Refused(_l("Use small letters a to z, digits and hyphens."))


# Undo --------------------------------------------------------------------------------------------------------------


def snapshot(label_set: LabelSet) -> list[Any]:
    """A label set as plain values: first the title, then its labels by their numbers."""
    rows = [
        {
            "id": label.id,
            "position": label.position,
            **{name: getattr(label, name) for name in SAID},
            "parent_id": label.parent_id,
            "retired": label.retired_at.isoformat() if label.retired_at else None,
        }
        for label in sorted(label_set.labels, key=lambda one: one.id)
    ]
    return [{"title": label_set.title}, *rows]


def set_of(change: Change) -> LabelSet:
    return db.session.get_one(LabelSet, int(change.subject.partition(":")[2]))


def _present(change: Change) -> list[Any]:
    return snapshot(set_of(change))


def put_back(label_set: LabelSet, kept: list[Any], now: datetime) -> None:
    """Bring a label set back to a snapshot. Labels that came later are retired: gold may name them already."""
    head, *rows = kept
    label_set.title = head["title"]
    known = {row["id"]: row for row in rows}
    for label in label_set.labels:
        row = known.get(label.id)
        if row is None:
            label.retired_at = label.retired_at or now
            continue
        for name in (*SAID, "parent_id"):
            setattr(label, name, row[name])
        label.retired_at = datetime.fromisoformat(row["retired"]) if row["retired"] else None
    db.session.flush()
    later = sorted((label for label in label_set.labels if label.id not in known), key=lambda one: one.position)
    order = [row["id"] for row in sorted(rows, key=lambda row: row["position"])] + [label.id for label in later]
    if order != [label.id for label in sorted(label_set.labels, key=lambda one: one.position)]:
        _order(label_set, order)


def _restore(change: Change, _by_id: int, now: datetime) -> None:
    if not change.before:
        raise Conflict(_l("A label set that was made stays; retire its labels if it is not needed."))
    put_back(set_of(change), change.before, now)


changes.keeps("label-set", _present, _restore)


def sets_using(label_set_id: int) -> list[TaskSet]:
    """Task sets that are labelled with it."""
    return list(db.session.scalars(select(TaskSet).where(TaskSet.label_set_id == label_set_id).order_by(TaskSet.id)))


def label_counts(label_set_ids: list[int]) -> dict[int, int]:
    """How many labels each set offers."""
    rows = db.session.execute(
        select(Label.label_set_id, func.count())
        .where(Label.label_set_id.in_(label_set_ids), Label.retired_at.is_(None))
        .group_by(Label.label_set_id)
    )
    return {set_id: count for set_id, count in rows}
