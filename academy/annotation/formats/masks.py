"""Masks as COCO's run lengths: checked, measured, and turned into pixels or outlines and back. Pure.

A mask is {"size": [height, width], "counts": runs}: how many pixels are outside, then inside, then outside, column by
column; a list of numbers, or the same packed into a text. pycocotools trusts what it is given (wrong counts write past
its memory), so that nothing from outside reaches it before `runs` has held it against its size.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from PIL import Image
from pycocotools import mask as coco_masks

Grid = npt.NDArray[np.bool_]
Runs = npt.NDArray[np.int64]
MOST_PIXELS = 400_000_000
"""Of a mask; larger pictures are not taken in."""
MOST_IDS = 40_000_000
"""Pixels of a picture of ids, which is opened."""


class BadMask(ValueError):
    """These run lengths are no mask."""


def runs(mask: Mapping[str, Any]) -> Runs:
    """The run lengths, held against the size. Raises BadMask."""
    size, counts = mask.get("size"), mask.get("counts")
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(type(side) is int and side > 0 for side in size):
        raise BadMask("the size is not two whole numbers")
    pixels = size[0] * size[1]
    if pixels > MOST_PIXELS:
        raise BadMask("the mask has too many pixels")
    if isinstance(counts, str):
        lengths = _unpacked(counts)
    elif isinstance(counts, list | tuple) and all(type(run) is int and 0 <= run <= pixels for run in counts):
        lengths = np.asarray(counts, np.int64)
    else:
        raise BadMask("the run lengths are neither whole numbers nor a packed text")
    if lengths.min(initial=0) < 0 or lengths.sum() != pixels:
        raise BadMask("the run lengths do not fill the size")
    return lengths


def _unpacked(text: str) -> Runs:
    """COCO's packing: five bits to a character, lowest first, the sixth says that more follow; from the fourth number
    on, each is told as the difference to the one before the last."""
    try:
        signs = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError as error:
        raise BadMask("the packed run lengths have foreign characters") from error
    if not len(signs) or signs.min() < 0 or signs.max() > 63 or signs[-1] & 0x20:
        raise BadMask("the packed run lengths are cut off or have foreign characters")
    ends = np.flatnonzero((signs & 0x20) == 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    places = np.arange(len(signs)) - np.repeat(starts, ends - starts + 1)
    if places.max() > 6:
        raise BadMask("a run length is far too large")
    values = np.add.reduceat((signs & 0x1F) << (5 * places), starts)
    negative = (signs[ends] & 0x10) != 0
    values[negative] -= np.int64(1) << (5 * (places[ends][negative] + 1))
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def packed(lengths: Sequence[int] | Runs, height: int, width: int) -> dict[str, Any]:
    """A mask of these runs with its counts as a text."""
    mask = {"size": [height, width], "counts": [int(run) for run in lengths]}
    runs(mask)
    return {"size": [height, width], "counts": coco_masks.frPyObjects(mask, height, width)["counts"].decode()}


def grid(mask: Mapping[str, Any]) -> Grid:
    """The pixels: True inside. Rows come first. Raises BadMask."""
    lengths = runs(mask)
    height, width = mask["size"]
    inside = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    pixels: Grid = inside.reshape(width, height).T
    return pixels


def from_grid(pixels: Grid) -> dict[str, Any]:
    """The mask of some pixels."""
    height, width = pixels.shape
    counts = coco_masks.encode(np.asfortranarray(pixels, np.uint8))["counts"].decode()
    return {"size": [height, width], "counts": counts}


def area(mask: Mapping[str, Any]) -> int:
    """How many pixels are inside."""
    return int(runs(mask)[1::2].sum())


def bounds(mask: Mapping[str, Any]) -> list[float]:
    """The box [x, y, w, h] around the pixels inside; all zero if there are none."""
    lengths = runs(mask)
    height = mask["size"][0]
    ends = np.cumsum(lengths)
    starts, ends = (ends - lengths)[1::2], ends[1::2]
    starts, ends = starts[ends > starts], ends[ends > starts]
    if not len(starts):
        return [0, 0, 0, 0]
    left, right = int(starts[0] // height), int((ends[-1] - 1) // height)
    several = starts // height != (ends - 1) // height  # such a run touches the upper and the lower edge
    top = 0 if several.any() else int((starts % height).min())
    bottom = height - 1 if several.any() else int(((ends - 1) % height).max())
    return [left, top, right - left + 1, bottom - top + 1]


def from_polygon(parts: Sequence[Sequence[Sequence[Sequence[float]]]], height: int, width: int) -> dict[str, Any]:
    """The pixels of a polygon [[ring, hole, ...], ...] as COCO fills it, holes left out."""
    pixels = np.zeros((height, width), bool)
    for ring, *holes in parts:
        part = _filled(ring, height, width)
        for hole in holes:
            part &= ~_filled(hole, height, width)
        pixels |= part
    return from_grid(pixels)


def _filled(ring: Sequence[Sequence[float]], height: int, width: int) -> Grid:
    drawn = shapely.make_valid(shapely.Polygon(ring) if len(ring) >= 3 else shapely.Polygon())
    corners = shapely.clip_by_rect(drawn, 0, 0, width, height)
    flat = [
        [value for point in shapely.get_coordinates(outline.exterior)[:-1] for value in map(float, point)]
        for outline in _outlines(corners)
    ]
    if not flat:
        return np.zeros((height, width), bool)
    filled: Grid = coco_masks.decode(coco_masks.merge(coco_masks.frPyObjects(flat, height, width))).astype(bool)
    return filled


def _outlines(shape: Any) -> list[Any]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]


def to_polygon(mask: Mapping[str, Any]) -> list[list[list[list[float]]]]:
    """The outline of a mask along the edges of its pixels as [[ring, hole, ...], ...]; [] if nothing is inside."""
    lengths = runs(mask)
    height = mask["size"][0]
    ends = np.cumsum(lengths)
    boxes = []
    for start, end in zip((ends - lengths)[1::2].tolist(), ends[1::2].tolist(), strict=True):
        while start < end:  # a run may go on in the next column
            column, top = divmod(start, height)
            bottom = min(height, top + end - start)
            boxes.append((column, top, column + 1, bottom))
            start += bottom - top
    if not boxes:
        return []
    together = shapely.union_all(shapely.box(*np.asarray(boxes, float).T)).simplify(0)
    return [[_ring(part.exterior), *map(_ring, part.interiors)] for part in _outlines(together)]


def _ring(outline: Any) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in outline.coords[:-1]]


def read_ids(path: Path) -> npt.NDArray[np.uint32]:
    """The ids of a picture of ids (COCO panoptic): red + 256 green + 65536 blue. Raises BadMask."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if picture.width * picture.height > MOST_IDS:
                raise BadMask("the picture of ids is too large")
            colours = np.asarray(picture.convert("RGB"), np.uint32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadMask("the picture of ids can not be opened") from error
    ids: npt.NDArray[np.uint32] = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
    return ids
