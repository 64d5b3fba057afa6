"""Boxes against gold: PQ over pairs found by overlap or by edges that are close enough."""

from collections.abc import Callable, Collection
from math import fsum
from typing import NamedTuple

from academy.grading.documents import Box, BoxDocument, RefusedDocument
from academy.grading.geometry import Pair, area, edges_within, overlaps, shared_area
from academy.grading.matching import COVERED, Matching, joined, match
from academy.grading.report import (
    DUPLICATE,
    EXTRA,
    LOOSE,
    MATCHED,
    MERGED,
    MISSED,
    SPLIT,
    WRONG_LABEL,
    GradeReport,
    Verdict,
)
from academy.grading.rubric import Rubric

EDGES = ("error_left", "error_top", "error_right", "error_bottom")
INSIDE = 0.5
NOBODY = -1


class Tally(NamedTuple):
    """What the score is made of; tallies of several pictures add up to the tally of all of them."""

    hits: float
    extra: float
    missed: float
    similarity: float

    def metrics(self) -> dict[str, float]:
        """PQ with its factors, precision and recall. Nothing to find and nothing drawn is all right: 1."""
        hits, extra, missed, similarity = self
        counts = {"tp": hits, "fp": extra, "fn": missed}
        if hits == extra == missed == 0:
            return {"pq": 1.0, "sq": 1.0, "rq": 1.0, "precision": 1.0, "recall": 1.0, **counts}
        whole = hits + (extra + missed) / 2
        return {
            "pq": similarity / whole,
            "sq": similarity / hits if hits else 0.0,
            "rq": hits / whole,
            "precision": hits / (hits + extra) if hits else 0.0,
            "recall": hits / (hits + missed) if hits else 0.0,
            **counts,
        }


class Sides(NamedTuple):
    """Both drawings, and the overlap of each pair that touches."""

    golds: tuple[Box, ...]
    answers: tuple[Box, ...]
    similarity: dict[Pair, float]


class Scored(NamedTuple):
    """Who was meant by whom, and what that counts."""

    sides: Sides
    found: Matching
    tally: Tally


def grade_boxes(gold: BoxDocument, answer: BoxDocument, rubric: Rubric) -> GradeReport:
    """Grade the boxes of an answer against gold of the same picture, with a verdict for each."""
    sides, found, tally = score_boxes(gold, answer, rubric)
    metrics = tally.metrics()
    verdicts = _verdicts(found, sides)
    ignored = tuple(sorted([answer.boxes[place].id for place in found.ignored]))
    return GradeReport(
        score=metrics["pq"],
        passed=metrics["pq"] >= rubric.pass_score,
        metrics=metrics | _mean_errors(verdicts),
        verdicts=verdicts,
        notes=_notes(answer.clipped, gold.clipped, ignored),
        clipped=answer.clipped,
        ignored=ignored,
    )


def score_boxes(gold: BoxDocument, answer: BoxDocument, rubric: Rubric) -> Scored:
    """Match and count, without saying what became of each box."""
    if gold.picture is not None and answer.picture is not None and gold.picture != answer.picture:
        raise RefusedDocument("The answer was drawn on a picture of another size than the gold.", "image", "image")
    regions = [box for box in gold.boxes if box.ignore or box.crowd] if gold.flagged else []
    golds = tuple(box for box in gold.boxes if not (box.ignore or box.crowd)) if regions else gold.boxes
    sides = Sides(golds, answer.boxes, overlaps(golds, answer.boxes))
    optional = {place for place, box in enumerate(golds) if box.optional} if gold.flagged else set[int]()
    found = match(
        [box.label for box in golds],
        [box.label for box in answer.boxes],
        sides.similarity,
        _close(sides, rubric),
        near=rubric.near,
        optional=optional,
        outside=_where_nothing_counts(regions, sides) if regions else (),
    )
    return Scored(sides, found, _tally(found, sides, rubric.label_weight, optional))


def _close(sides: Sides, rubric: Rubric) -> list[Pair]:
    """The pairs that may match: by overlap, or because every edge is near enough."""
    golds, answers = sides.golds, sides.answers
    enough, pixels, share = rubric.min_overlap, rubric.tolerance_px, rubric.tolerance_share
    return [
        pair
        for pair, similarity in sides.similarity.items()
        # Edges that are off by a quarter of their side still leave an overlap of .25.
        if similarity >= enough or (similarity > 0.24 and edges_within(golds[pair[0]], answers[pair[1]], pixels, share))
    ]


def _where_nothing_counts(regions: list[Box], sides: Sides) -> set[int]:
    """Answers with half their area in an ignored region, or in a crowd of their own label."""
    return {
        place
        for place, answer in enumerate(sides.answers)
        for region in regions
        if (region.ignore or region.label == answer.label) and _lies_in(answer, region, INSIDE)
    }


def _tally(found: Matching, sides: Sides, label_weight: float, optional: Collection[int]) -> Tally:
    """Optional gold is neutral: it gives nothing when matched and takes nothing when absent."""
    similarity = sides.similarity
    matched = [similarity[pair] for pair in found.matched if pair[0] not in optional]
    mislabelled = [similarity[pair] for pair in found.wrong_label if pair[0] not in optional]
    loose = sum(gold not in optional for gold, _ in found.loose)
    right = 1.0 - label_weight
    surplus = len(found.wrong_label) - len(mislabelled) + len(found.loose) + len(found.duplicate) + len(found.extra)
    return Tally(
        hits=len(matched) + right * len(mislabelled),
        extra=label_weight * len(mislabelled) + surplus,
        missed=label_weight * len(mislabelled) + loose + len(found.missed),
        similarity=fsum(matched) + right * fsum(mislabelled),
    )


def _mean_errors(verdicts: tuple[Verdict, ...]) -> dict[str, float]:
    """The mean signed error of each edge over the matched boxes: a habit of drawing too wide shows here."""
    errors = [verdict.errors.values() for verdict in verdicts if verdict.verdict == MATCHED]
    return {edge: fsum(values) / len(errors) for edge, values in zip(EDGES, zip(*errors, strict=True), strict=False)}


def _verdicts(found: Matching, sides: Sides) -> tuple[Verdict, ...]:
    """One verdict per object, in canonical order: pairs and missed gold by gold, then what was too much."""
    named = dict.fromkeys(found.matched, MATCHED)
    named.update(dict.fromkeys(found.wrong_label, WRONG_LABEL))
    named.update(dict.fromkeys(found.loose, LOOSE))
    named.update(dict.fromkeys(found.duplicate, DUPLICATE))
    missed, extra = found.missed, found.extra
    if missed or extra or found.duplicate:
        missed, extra = _rename(named, found, sides)
    named.update(((gold, NOBODY), MISSED) for gold in missed)
    golds, answers, similarity = sides
    verdicts = []
    make = tuple.__new__  # What Verdict(...) does, at half of its price.
    for pair in sorted(named):
        verdict = named[pair]
        _, left, top, right, bottom, _, _, _, rule, name = golds[pair[0]]
        if pair[1] == NOBODY:
            verdicts.append(make(Verdict, (verdict, name, None, 0.0, {}, rule or None)))
            continue
        _, to_left, to_top, to_right, to_bottom, _, _, _, _, drawn = answers[pair[1]]
        errors = {"left": to_left - left, "top": to_top - top, "right": to_right - right, "bottom": to_bottom - bottom}
        verdicts.append(make(Verdict, (verdict, name, drawn, similarity[pair], errors, rule or None)))
    verdicts += [Verdict(EXTRA, None, answers[answer].id, 0.0, {}, None) for answer in extra]
    return tuple(verdicts)


def _rename(named: dict[Pair, str], found: Matching, sides: Sides) -> tuple[list[int], list[int]]:
    """Say "merged" and "split" where that is what happened. Only names change; the score was made before."""
    golds, answers = sides.golds, sides.answers

    def in_answer(gold: int, answer: int) -> bool:
        return golds[gold].label == answers[answer].label and _lies_in(golds[gold], answers[answer], COVERED)

    def in_gold(answer: int, gold: int) -> bool:
        return golds[gold].label == answers[answer].label and _lies_in(answers[answer], golds[gold], COVERED)

    missed, extra = set(found.missed), set(found.extra)
    pairs = found.matched + found.loose
    pieces = [pair for pair in sides.similarity if pair[0] in missed and in_answer(*pair)]
    if pieces:
        apart = {answer for _, answer in found.wrong_label} | set(found.ignored)
        partners = {answer: gold for gold, answer in pairs}
        merged = joined(pieces, in_answer, _repeats(golds), partners, apart)
        for answer, parts in merged.items():
            _name(named, [(gold, answer) for gold in parts], MERGED, {answer})
            missed.difference_update(parts)
            extra.discard(answer)
    spare = extra | {answer for (_, answer), verdict in named.items() if verdict == DUPLICATE}
    pieces = [(answer, gold) for gold, answer in sides.similarity if answer in spare and in_gold(answer, gold)]
    if pieces:
        apart = {gold for (gold, _), verdict in named.items() if verdict in (MERGED, WRONG_LABEL)}
        split = joined(pieces, in_gold, _repeats(answers), dict(pairs), apart)
        for gold, parts in split.items():
            _name(named, [(gold, answer) for answer in parts], SPLIT, set(parts))
            missed.discard(gold)
            extra.difference_update(parts)
    return sorted(missed), sorted(extra)


def _name(named: dict[Pair, str], pairs: list[Pair], verdict: str, answers: set[int]) -> None:
    """A pair that matched stays matched, because it is in the score; the other verdicts give way to the new name."""
    for pair in [pair for pair, old in named.items() if pair[1] in answers and old == DUPLICATE]:
        del named[pair]
    named.update((pair, verdict) for pair in pairs if named.get(pair) != MATCHED)


def _repeats(boxes: tuple[Box, ...]) -> Callable[[int, int], bool]:
    """Does one box of a side mostly lie in another of the same side?"""
    return lambda part, other: _lies_in(boxes[part], boxes[other], INSIDE)


def _lies_in(part: Box, whole: Box, share: float) -> bool:
    return shared_area(part, whole) >= share * area(part)


def _notes(clipped: tuple[str, ...], gold_clipped: tuple[str, ...], ignored: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *(f'Object "{name}" reached outside the picture; only the part inside was graded.' for name in clipped),
        *(f'Gold object "{name}" reached outside the picture; only the part inside counts.' for name in gold_clipped),
        *(f'Object "{name}" lies where nothing counts; it was left out of the grade.' for name in ignored),
    )
