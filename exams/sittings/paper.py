"""A paper as its page needs it: questions without keys, pictures without gold."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from academy.annotation.workspace import workspace_config
from academy.i18n import _
from academy.questions.queries import public_view
from academy.questions.rules import answered
from exams.bank.models import Exam
from exams.sittings import rules
from exams.sittings.models import Sitting
from exams.sittings.queries import Part, paper_of


@dataclass(frozen=True, slots=True)
class ItemView:
    """One screen of the paper."""

    part: Part
    kind: str
    question: dict[str, Any] | None
    workspace: dict[str, Any] | None
    rules: list[dict[str, str]]
    key: str
    """Names the plain form of this drawing of the page, so that a double click saves once."""

    @property
    def position(self) -> int:
        return self.part.item.position

    @property
    def answer(self) -> dict[str, Any] | None:
        return self.part.answer.answer if self.part.answer else None

    @property
    def answered(self) -> bool:
        """Whether there is an answer that could earn something: a drawing without a box is not counted as one."""
        answer = self.answer or {}
        return bool(answer.get("objects") or answer.get("choice")) if self.workspace else answered(self.answer)

    @property
    def plain(self) -> bool:
        """Whether a plain form can answer it; drawing needs a script."""
        return self.kind != "box"


@dataclass(frozen=True, slots=True)
class PaperPage:
    sitting: Sitting
    exam: Exam
    items: list[ItemView]
    seconds_left: int

    @property
    def last_saved(self) -> datetime | None:
        return max((item.part.answer.saved_at for item in self.items if item.part.answer), default=None)

    def data(self) -> dict[str, Any]:
        """What the script of the page starts from."""
        return {
            "url": url_for("exams.sittings.save", public_id=self.sitting.public_id),
            "sitting": self.sitting.public_id,
            "seconds_left": self.seconds_left,
            "items": [{"item": item.position, "rev": item.part.rev, "answer": item.answer} for item in self.items],
            "texts": texts(),
        }


def paper_page(sitting: Sitting, exam: Exam, now: datetime) -> PaperPage:
    """The whole paper; a handful of queries whatever it asks."""
    items = [_item(sitting, part) for part in paper_of(sitting, to_draw=True)]
    return PaperPage(sitting, exam, items, rules.seconds_left(sitting.deadline_at, sitting.closed_at, now))


def _item(sitting: Sitting, part: Part) -> ItemView:
    key = secrets.token_hex(8)
    if part.version is not None:
        view = in_order(public_view(part.version), part.item.option_order)
        return ItemView(part, part.version.kind, view, None, [], key)
    task, task_set = part.practical
    document = part.answer.answer if part.answer else None
    config = workspace_config(
        task, task.media, task_set.label_set, task_set.guideline, document=document,
        draft_key=f"sitting-{sitting.public_id}-{part.item.position}",
    )  # fmt: skip
    # The rules stand once in the page of this item, without the anchors that a page of ten items would repeat.
    guideline, config["rules"] = config["rules"], []
    return ItemView(part, task_set.kind, None, config, guideline, key)


def in_order(view: Mapping[str, Any], order: list[str]) -> dict[str, Any]:
    """The options of a question as this paper shows them."""
    place = {name: index for index, name in enumerate(order)}
    options = sorted(view.get("options") or [], key=lambda option: place.get(str(option["id"]), len(place)))
    return {**view, "options": options}


def texts() -> dict[str, str]:
    """The sentences of the script, in the language of the page. {names} are filled in by the script."""
    return {
        "saved": _("Saved {time}"),
        "saving": _("Saving …"),
        "trying": _("Not saved yet, trying again"),
        "signed-out": _("Not saved: please sign in again in another tab"),
        "over": _("The exam is over"),
        "answered": _("answered"),
        "not_answered": _("not answered"),
        "open_items": _("Still without an answer: {items}"),
        "all_answered": _("Every item has an answer."),
        "refused": _("This answer could not be saved: {why}"),
        "conflict": _("Item {item} was changed in another window. Please choose which answer counts."),
        "time_over": _("The time is over. Your last answers are being sent."),
        "minutes_left": _("{minutes} minutes left"),
        "seconds_left": _("{seconds} seconds left"),
        "not_yet": _("Some answers have not reached us yet. We go on trying; please keep this page open."),
    }
