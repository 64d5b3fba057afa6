"""Who is meant by whom: the matching that every kind with several objects shares.

It knows similarities and labels, not shapes. Both sides come in canonical order, so the result does not depend on
the order of drawing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from academy.grading.geometry import Pair

# How much of an object must lie in another before it counts as a piece of it (merged, split).
COVERED = 0.75


@dataclass(slots=True)
class Matching:
    """Pairs of (gold, answer) by verdict, and what was left without a pair."""

    matched: list[Pair] = field(default_factory=list)
    wrong_label: list[Pair] = field(default_factory=list)
    loose: list[Pair] = field(default_factory=list)
    duplicate: list[Pair] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)


def assign(allowed: Collection[Pair], similarity: Mapping[Pair, float]) -> list[Pair]:
    """The most pairs that are allowed, and among those the highest total similarity.

    Pairs without a rival are settled at once; each group of rivals is an assignment problem of its own.
    """
    if len({gold for gold, _ in allowed}) == len({answer for _, answer in allowed}) == len(allowed):
        return list(allowed)
    answers_of: dict[int, list[int]] = {}
    golds_of: dict[int, list[int]] = {}
    for gold, answer in allowed:
        answers_of.setdefault(gold, []).append(answer)
        golds_of.setdefault(answer, []).append(gold)
    settled: list[Pair] = []
    rivals: list[Pair] = []
    for pair in allowed:
        alone = len(answers_of[pair[0]]) == len(golds_of[pair[1]]) == 1
        (settled if alone else rivals).append(pair)
    seen: set[int] = set()
    for gold, _ in rivals:
        if gold not in seen:
            group, wanted = _group(gold, answers_of, golds_of)
            seen |= group
            settled += _assign_group(sorted(group), sorted(wanted), answers_of, similarity)
    return settled


def _group(
    gold: int, answers_of: Mapping[int, list[int]], golds_of: Mapping[int, list[int]]
) -> tuple[set[int], set[int]]:
    golds, answers, waiting = {gold}, set[int](), [gold]
    while waiting:
        for answer in answers_of[waiting.pop()]:
            if answer not in answers:
                answers.add(answer)
                waiting += [other for other in golds_of[answer] if other not in golds]
                golds.update(golds_of[answer])
    return golds, answers


def _assign_group(
    golds: list[int], answers: list[int], answers_of: Mapping[int, list[int]], similarity: Mapping[Pair, float]
) -> list[Pair]:
    """One more match is worth more than any similarity, because the bonus is above all similarities together."""
    bonus = min(len(golds), len(answers)) + 1.0
    gain = np.zeros((len(golds), len(answers)))
    columns = {answer: column for column, answer in enumerate(answers)}
    for row, gold in enumerate(golds):
        for answer in answers_of[gold]:
            gain[row, columns[answer]] = bonus + similarity[gold, answer]
    rows, picked = linear_sum_assignment(gain, maximize=True)
    chosen = zip(rows.tolist(), picked.tolist(), strict=True)
    return [(golds[row], answers[column]) for row, column in chosen if gain[row, column]]


def match(
    golds: Sequence[str],
    answers: Sequence[str],
    similarity: Mapping[Pair, float],
    close: Iterable[Pair],
    *,
    near: float,
    optional: Collection[int] = (),
    outside: Collection[int] = (),
) -> Matching:
    """Pair gold with answers, both given by their labels; `similarity` holds the pairs that have any.

    `close` are the pairs near enough to match. `optional` gold is served after the rest, so that it never takes an
    answer away from an object that is needed. `outside` answers lie where nothing counts: unless they match, they are
    left out of the grade.
    """
    found = Matching()
    close = list(close)
    free_gold, free_answer = set(range(len(golds))), set(range(len(answers)))

    def take(allowed: list[Pair], pairs: list[Pair]) -> None:
        """Needed gold first, then optional."""
        needed = [pair for pair in allowed if pair[0] not in optional] if optional else allowed
        for turn in (needed, allowed) if optional else (needed,):
            taken = assign([pair for pair in turn if pair[0] in free_gold and pair[1] in free_answer], similarity)
            free_gold.difference_update([gold for gold, _ in taken])
            free_answer.difference_update([answer for _, answer in taken])
            pairs += taken

    take([pair for pair in close if golds[pair[0]] == answers[pair[1]]], found.matched)
    if free_gold and free_answer:
        take(close, found.wrong_label)
    found.ignored = sorted(free_answer.intersection(outside))
    free_answer.difference_update(outside)
    if free_gold and free_answer:
        about = [
            pair
            for pair, alike in similarity.items()
            if alike >= near and pair[0] in free_gold and pair[1] in free_answer and golds[pair[0]] == answers[pair[1]]
        ]
        take(about, found.loose)
    found.missed = sorted(free_gold.difference(optional))
    if free_answer:
        _sort_out_extras(found, similarity, free_answer, near)
    return found


def _sort_out_extras(found: Matching, similarity: Mapping[Pair, float], free: set[int], near: float) -> None:
    """An answer without a pair repeats an object that has one, or is simply too much."""
    repeats: dict[int, Pair] = {}
    touching = [pair for pair in similarity if pair[1] in free]
    paired = {gold for gold, _ in (*found.matched, *found.wrong_label)} if touching else ()
    for pair in sorted([pair for pair in touching if pair[0] in paired]):
        if similarity[pair] >= max(near, similarity.get(repeats.get(pair[1], pair), 0.0)):
            repeats[pair[1]] = pair
    found.duplicate = [repeats[answer] for answer in sorted(repeats)]
    found.extra = sorted(free.difference(repeats))


def joined(
    pieces: Iterable[Pair],
    covers: Callable[[int, int], bool],
    repeats: Callable[[int, int], bool],
    partners: Mapping[int, int],
    barred: Collection[int],
) -> dict[int, list[int]]:
    """Wholes that stand for two or more parts: one box drawn around two cells, and so on.

    `pieces` are (part, whole) where the part has no pair and lies in the whole: `covers(part, whole)`. A whole may have
    one part more, its own partner, if it covers that too. `repeats(part, other)`: the part mostly lies in the other
    part, so it is no piece of its own. Wholes in `barred` stand for nothing.
    """
    parts_of: dict[int, list[int]] = {}
    for part, whole in sorted(pieces):
        if whole not in barred:
            parts_of.setdefault(whole, []).append(part)
    taken: set[int] = set()
    found: dict[int, list[int]] = {}
    for whole, parts in sorted(parts_of.items()):
        own = partners.get(whole)
        if own is not None and not covers(own, whole):
            continue
        kept = [] if own is None else [own]
        for part in parts:
            if part not in taken and not any(repeats(part, other) for other in kept):
                kept.append(part)
        if len(kept) > 1:
            found[whole] = kept
            taken.update(kept)
    return found
