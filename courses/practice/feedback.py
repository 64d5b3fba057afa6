"""A grade put into words, in the reader's language: what happened, which rule it is about, what to do next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from academy.i18n import _, ngettext
from courses.practice.rules import Band, band

NOTICED_PX = 2.0
EDGES = ("left", "top", "right", "bottom")
GRAVITY = ("missed", "extra", "wrong_label", "merged", "split", "duplicate", "loose", "matched")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the result page says. `shown` is the report for the workspace, with the gold in it."""

    title: str
    points: str
    next_step: str
    notes: tuple[str, ...]
    shown: dict[str, Any]


def put_into_words(
    report: Mapping[str, Any], gold: Mapping[str, Any], answer: Mapping[str, Any], titles: Mapping[str, str]
) -> Feedback:
    """The report of one try in words; `titles` are the names of the labels in the reader's language."""
    verdicts = [
        {**verdict, "words": verdict_words(verdict, gold, answer, titles)}
        for verdict in sorted(report["verdicts"], key=_gravity)
    ]
    return Feedback(
        title=_title(band(report["score"], passed=report["passed"])),
        points=_("%(points)s of 100 points", points=round(100 * report["score"])),
        next_step=_next_step(report["verdicts"], gold.get("kind", "box")),
        notes=_notes(report),
        shown={"gold": gold, "verdicts": verdicts, "score": report["score"], "passed": report["passed"]},
    )


def _gravity(verdict: Mapping[str, Any]) -> tuple[int, float]:
    kind = verdict["verdict"]
    return GRAVITY.index(kind) if kind in GRAVITY else len(GRAVITY), verdict["similarity"]


def _title(how: Band) -> str:
    return {
        Band.EXCELLENT: _("Excellent work"),
        Band.GOOD: _("Well done"),
        Band.NEARLY: _("Nearly there"),
        Band.NOT_YET: _("Not yet: look at what differs"),
    }[how]


def verdict_words(
    verdict: Mapping[str, Any], gold: Mapping[str, Any], answer: Mapping[str, Any], titles: Mapping[str, str]
) -> str:
    """What became of one object, in one or two sentences."""
    if gold.get("kind") == "classification":
        return _choice_words(verdict, titles)
    right = _title_of(gold, verdict["gold"], titles)
    drawn = _title_of(answer, verdict["answer"], titles)
    match verdict["verdict"]:
        case "matched":
            return _fit(right, edge_words(verdict["errors"]))
        case "loose":
            share = round(100 * verdict["similarity"])
            begin = _("%(label)s: found, but the box does not fit: it shares %(share)s %% with the gold.",
                      label=right, share=share)  # fmt: skip
            return " ".join((begin, *edge_words(verdict["errors"])))
        case "wrong_label":
            return _("The box is in the right place, but this is: %(right)s. You chose: %(drawn)s.",
                     right=right, drawn=drawn)  # fmt: skip
        case "duplicate":
            return _("%(label)s: drawn twice. Keep the better box and delete the other.", label=drawn)
        case "missed":
            return _("%(label)s: you have not drawn this one.", label=right)
        case "merged":
            return _("%(label)s: one box covers several objects. Draw one box for each.", label=drawn)
        case "split":
            return _("%(label)s: several boxes share one object. Draw one box around all of it.", label=drawn)
        case _:
            return _("%(label)s: there is nothing to label here. Delete this box.", label=drawn)


def _choice_words(verdict: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    right, chosen = (titles.get(verdict[side] or "", verdict[side]) for side in ("gold", "answer"))
    if verdict["verdict"] == "matched":
        return _("Right: %(label)s.", label=chosen)
    if verdict["verdict"] == "missed":
        return _("This can be told from the picture: %(right)s.", right=right)
    return _("You chose: %(chosen)s. Right is: %(right)s.", chosen=chosen, right=right)


def _fit(label: str, edges: Sequence[str]) -> str:
    if not edges:
        return _("%(label)s: found, and the box fits.", label=label)
    return " ".join((_("%(label)s: found.", label=label), *edges))


def _title_of(document: Mapping[str, Any], object_id: str | None, titles: Mapping[str, str]) -> str:
    for item in document.get("objects", ()):
        if str(item.get("id")) == object_id:
            return titles.get(item["label"], item["label"])
    return _("Box")


def edge_words(errors: Mapping[str, float], most: int = 2) -> list[str]:
    """Sentences about the edges that are noticeably off, the worst first."""
    off = [(edge, errors[edge]) for edge in EDGES if abs(errors.get(edge, 0.0)) > NOTICED_PX]
    off.sort(key=lambda pair: -abs(pair[1]))
    return [_edge(edge, error) for edge, error in off[:most]]


def _edge(edge: str, error: float) -> str:
    px = round(abs(error)) or 1
    if edge == "left":
        if error < 0:
            return _("The left edge is %(px)s px too far left.", px=px)
        return _("The left edge is %(px)s px too far right.", px=px)
    if edge == "right":
        if error < 0:
            return _("The right edge is %(px)s px too far left.", px=px)
        return _("The right edge is %(px)s px too far right.", px=px)
    if edge == "top":
        if error < 0:
            return _("The top edge is %(px)s px too high.", px=px)
        return _("The top edge is %(px)s px too low.", px=px)
    if error < 0:
        return _("The bottom edge is %(px)s px too high.", px=px)
    return _("The bottom edge is %(px)s px too low.", px=px)


def _next_step(verdicts: Sequence[Mapping[str, Any]], kind: str) -> str:
    """One piece of advice, about the mistake made most often."""
    mistakes = Counter(verdict["verdict"] for verdict in verdicts if verdict["verdict"] != "matched")
    if kind == "classification":
        if not mistakes:
            return _("Go on with the next picture.")
        return _("Read the rule about this choice once more, then look at the picture again.")
    if not mistakes:
        if any(edge_words(verdict["errors"]) for verdict in verdicts):
            return _("Everything is found. To be more exact, zoom in before you let an edge go.")
        return _("Go on with the next picture.")
    worst = max(mistakes, key=lambda name: (mistakes[name], -GRAVITY.index(name) if name in GRAVITY else -99))
    count = mistakes[worst]
    match worst:
        case "missed":
            return ngettext(
                "%(num)d object was missed. Go over the picture row by row before you hand in.",
                "%(num)d objects were missed. Go over the picture row by row before you hand in.",
                count,
            )
        case "loose":
            return _("Zoom in and draw each edge along the last pixels of the object.")
        case "wrong_label":
            return _("Read the rules about the labels once more: what tells them apart?")
        case "duplicate" | "split" | "merged":
            return _("Each object gets exactly one box. Check the list beside the picture before you hand in.")
        case _:
            return _("Draw only what the rules ask for; leave everything else.")


def _notes(report: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if report.get("clipped"):
        notes.append(_("Boxes that reached over the edge of the picture were cut there."))
    if report.get("ignored"):
        notes.append(_("Boxes in places that do not count were left out."))
    return tuple(notes)


def refusal(reason: str, object_id: str | None) -> str:
    """Why an answer could not be graded, and what to do. `object_id` is the box it is about, if it is about one."""
    match reason:
        case "choice":
            return _("Choose one of the answers, then hand in again.")
        case "count":
            return _("There are too many boxes on this picture. Delete some and hand in again.")
        case "label":
            return _("A box has a label that does not belong to this task. Choose its label again.")
        case "size" if object_id:
            return _("Box %(name)s is too small to be graded. Draw it larger or delete it.", name=object_id)
        case "outside" if object_id:
            return _("Box %(name)s lies outside the picture. Move it inside or delete it.", name=object_id)
        case _:
            return _("This answer could not be read. Reload the page and hand it in again.")
