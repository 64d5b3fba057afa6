"""Areas and overlaps of boxes, by their corners. No +1 anywhere: a box is as wide as it says.

Plain floats rather than arrays: most pairs never touch, so for twenty boxes looking at the few that may is a little
faster than filling tables of zeros, and for the usual five it is several times faster.
"""

from bisect import bisect_left
from collections.abc import Sequence

from academy.grading.documents import Box

Pair = tuple[int, int]


def area(box: Box) -> float:
    """From the corners, so that a box shares exactly its own area with itself."""
    return (box.right - box.left) * (box.bottom - box.top)


def shared_area(first: Box, second: Box) -> float:
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    return width * height if width > 0 and height > 0 else 0.0


def overlaps(firsts: Sequence[Box], seconds: Sequence[Box]) -> dict[Pair, float]:
    """Intersection over union of each box with each of the other side, where they share any area."""
    waiting = sorted(
        [
            (left, top, right, bottom, (right - left) * (bottom - top), place)
            for place, (_, left, top, right, bottom, _, _, _, _, _) in enumerate(seconds)
        ]
    )
    lefts = [corners[0] for corners in waiting]
    # A pixel more than the widest box, so that rounding can not hide one.
    reach = max([corners[2] - corners[0] for corners in waiting], default=0.0) + 1.0
    found: dict[Pair, float] = {}
    for first, (_, left, top, right, bottom, _, _, _, _, _) in enumerate(firsts):
        size = (right - left) * (bottom - top)
        near = waiting[bisect_left(lefts, left - reach) : bisect_left(lefts, right)]
        for from_left, from_top, to_right, to_bottom, other_size, second in near:
            if from_top < bottom and top < to_bottom and left < to_right:
                shared = ((right if right < to_right else to_right) - (left if left > from_left else from_left)) * (
                    (bottom if bottom < to_bottom else to_bottom) - (top if top > from_top else from_top)
                )
                found[first, second] = shared / (size + other_size - shared)
    return found


def edges_within(box: Box, other: Box, pixels: float, share: float) -> bool:
    """Is every edge close enough? Within `pixels`, or `share` of the box's side, but at most a quarter of that side."""
    width, height = box.right - box.left, box.bottom - box.top
    across = min(max(width * share, pixels), width / 4)
    down = min(max(height * share, pixels), height / 4)
    return (
        abs(other.left - box.left) <= across
        and abs(other.right - box.right) <= across
        and abs(other.top - box.top) <= down
        and abs(other.bottom - box.bottom) <= down
    )
