"""What the labelling workspace in the browser needs to know: see templates/components/workspace.html."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from academy.annotation.models import Document, Guideline, GuidelineRule, Label, LabelSet, Media, Task
from academy.i18n import _, language, pick
from academy.uploads import tiles


def workspace_config(
    task: Task,
    media: Media,
    label_set: LabelSet,
    guideline: Guideline,
    *,
    document: Document | None = None,
    draft_key: str,
    read_only: bool = False,
    report: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The workspace for one task. Gold is in it only when the caller hands over a `report` with it.

    `draft_key` names the draft on the learner's device: it holds the person and the try, so that two people at one
    device, or two tries, never meet each other's drawing.
    """
    kind = task.task_set.kind
    return {
        "kind": kind,
        "language": language(),
        "image": _image(kind, media),
        "labels": _labels(label_set, document, report),
        "rules": [_rule(rule) for rule in guideline.rules],
        "guideline": pick(guideline.title),
        "document": document,
        "draft_key": draft_key,
        "read_only": read_only,
        "report": report,
        "attribution": " · ".join(part for part in (media.attribution, media.licence) if part),
        "texts": workspace_texts(kind),
    }


def _image(kind: str, media: Media) -> dict[str, Any]:
    """The picture; one that is very large is shown by its tiles, over a small one of the whole."""
    image = {
        "url": url_for("academy.annotation.media", token=media.token),
        "width": media.width,
        "height": media.height,
        "alt": picture_words(kind, media),
    }
    if "tiles" in media.derived:
        pattern = url_for("academy.annotation.media_tile", token=media.token, level=0, x=0, y=0)
        image["thumb"] = url_for("academy.annotation.media_thumb", token=media.token)
        image["tiles"] = {
            "url": pattern.removesuffix("0/0/0") + "{level}/{x}/{y}",
            "side": tiles.SIDE,
            "levels": tiles.Pyramid(media.width, media.height).levels,
        }
    return image


def _labels(label_set: LabelSet, document: Document | None, report: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The labels on offer; a retired one only where it stands in what is shown. Each with its own key, else the number
    of its place while there is one that no other label has."""
    shown = _named(document) | _named((report or {}).get("gold"))
    offered = [label for label in label_set.labels if label.retired_at is None or label.name in shown]
    taken = {label.hotkey for label in offered}
    keys = [label.hotkey or (str(place) if place <= 9 and str(place) not in taken else "")
            for place, label in enumerate(offered, start=1)]  # fmt: skip
    return [_label(label, key) for label, key in zip(offered, keys, strict=True)]


def _named(document: Mapping[str, Any] | None) -> set[str]:
    """The labels that a document names."""
    if not document:
        return set()
    return {item.get("label", "") for item in document.get("objects") or ()} | {document.get("choice") or ""}


def _label(label: Label, key: str) -> dict[str, str]:
    return {"name": label.name, "title": pick(label.title), "color": label.color, "key": key}


def _rule(rule: GuidelineRule) -> dict[str, str]:
    words = {name: pick(getattr(rule, name)) for name in ("title", "text", "good", "bad")}
    return {"number": rule.number, **words}


def picture_words(kind: str, media: Media) -> str:
    """The picture's own words, unless they would give the answer away."""
    return (kind == "box" and pick(media.alt)) or _("The picture to label")


def workspace_texts(kind: str) -> dict[str, str]:
    """Every sentence the scripts of the workspace say, in the reader's language; placeholders are filled there."""
    return {**_common_texts(), **_verdict_texts(), **(_box_texts() if kind == "box" else {})}


def _common_texts() -> dict[str, str]:
    return {
        "saved": _("Saved %(time)s"),
        "not_saved": _("Not saved on this device yet. We keep trying."),
        "restored": _("Your answer from %(time)s is back."),
        "sending": _("Handing in …"),
        "waiting": _("No connection. Your answer is safe on this device; next try in %(seconds)s seconds."),
        "refused": _("This could not be handed in. Reload the page: your answer is kept."),
        "choose_first": _("Choose an answer first."),
        "said_chosen": _("Chosen: %(label)s"),
        "said_undone": _("Undone"),
        "said_redone": _("Redone"),
        "rule": _("Rule %(number)s"),
    }


def _verdict_texts() -> dict[str, str]:
    return {
        "verdict_matched": _("Right"),
        "verdict_loose": _("Not tight enough"),
        "verdict_wrong_label": _("Wrong label"),
        "verdict_duplicate": _("Drawn twice"),
        "verdict_missed": _("Missed"),
        "verdict_extra": _("Nothing there"),
        "verdict_merged": _("Several in one"),
        "verdict_split": _("One in several"),
    }


def _box_texts() -> dict[str, str]:
    return {
        "count": _("Boxes: %(count)s"),
        "row": _("%(number)s. %(label)s"),
        "label_of": _("Label of box %(number)s"),
        "delete": _("Delete"),
        "delete_row": _("Delete box %(number)s, %(label)s"),
        "left": _("Left"),
        "top": _("Top"),
        "width": _("Width"),
        "height": _("Height"),
        "shape_name": _(
            "%(label)s, box %(number)s of %(count)s. Left %(left)s, top %(top)s, width %(width)s, height %(height)s."
        ),
        "said_added": _("Added: %(label)s. Width %(width)s, height %(height)s."),
        "said_moved": _("Left %(left)s, top %(top)s"),
        "said_resized": _("Width %(width)s, height %(height)s"),
        "said_removed": _("Deleted: %(label)s"),
        "said_relabelled": _("Label: %(label)s"),
    }
