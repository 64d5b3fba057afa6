"""Labels that an import brings into a label set: new ones at its end, known ones completed, none changed."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from academy.annotation.formats.found import FoundLabel
from academy.annotation.models import Label
from academy.annotation.sketch import PALETTE
from academy.db import db

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
Titles = Mapping[str, Mapping[str, str]]
"""By name, in both languages."""


def take_labels(label_set_id: int, found: Sequence[FoundLabel], titles: Titles) -> int:
    """Bring labels in; tells how many are new. What a known label does not say yet, it learns."""
    listed = db.session.scalars(select(Label).where(Label.label_set_id == label_set_id).order_by(Label.position))
    labels = {label.name: label for label in listed}
    known = len(labels)
    last = max((label.position for label in labels.values()), default=0)
    keys = {label.hotkey for label in labels.values() if label.hotkey}
    for one in found:
        label = labels.get(one.name)
        if label is None:
            last += 1
            label = labels[one.name] = _made(label_set_id, one, last, titles.get(one.name))
            db.session.add(label)
        if not label.skeleton and one.skeleton:
            label.skeleton = dict(one.skeleton)
        if not label.attributes and one.attributes:
            label.attributes = [dict(attribute) for attribute in one.attributes]
        if not label.hotkey and len(one.hotkey) == 1 and one.hotkey not in keys:
            label.hotkey = one.hotkey
            keys.add(one.hotkey)
    db.session.flush()
    for one in found:
        parent = labels.get(one.parent)
        if parent is not None and labels[one.name].parent_id is None and not _above(labels[one.name], parent, labels):
            labels[one.name].parent_id = parent.id
    db.session.flush()
    return len(labels) - known


def _made(label_set_id: int, one: FoundLabel, position: int, title: Mapping[str, str] | None) -> Label:
    shown = one.title or one.name
    description = {"ko": one.description, "en": one.description} if one.description else {}
    return Label(
        label_set_id=label_set_id, position=position, name=one.name, title=dict(title or {"ko": shown, "en": shown}),
        description=description, hotkey="", attributes=[], skeleton={},
        color=one.color.lower() if _COLOR.fullmatch(one.color) else PALETTE[(position - 1) % len(PALETTE)],
    )  # fmt: skip


def _above(label: Label, parent: Label, labels: Mapping[str, Label]) -> bool:
    """Whether `label` stands above `parent` already, so that a circle would close."""
    by_id = {one.id: one for one in labels.values()}
    seen: Label | None = parent
    while seen is not None:
        if seen is label:
            return True
        seen = by_id.get(seen.parent_id) if seen.parent_id is not None else None
    return False
