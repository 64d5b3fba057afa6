"""Areas and overlaps of boxes, by their corners. No +1 anywhere: a box is as wide as it says.

Plain floats rather than arrays: a picture has tens of boxes and most pairs never touch, so looking at the few that do
is several times faster than filling tables of zeros.
"""

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
    waiting = sorted([(*box[1:5], place) for place, box in enumerate(seconds)])
    found: dict[Pair, float] = {}
    for first, box in enumerate(firsts):
        left, top, right, bottom = box[1:5]
        size = (right - left) * (bottom - top)
        for from_left, from_top, to_right, to_bottom, second in waiting:
            if from_left >= right:
                break  # Sorted by their left edge, all further ones begin beyond this box.
            if left < to_right and top < to_bottom and from_top < bottom:
                shared = ((right if right < to_right else to_right) - (left if left > from_left else from_left)) * (
                    (bottom if bottom < to_bottom else to_bottom) - (top if top > from_top else from_top)
                )
                found[first, second] = shared / (size + (to_right - from_left) * (to_bottom - from_top) - shared)
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
