"""Masks held against their picture, and turned with it. Pure; run lengths as COCO counts them, column by column."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from academy.annotation.formats.spot import Fitted, Frame, refused
from academy.i18n import say
from academy.uploads.pictures import Turn


def fit_mask(label: str, value: Mapping[str, Any], frame: Frame | None) -> Fitted:
    """A mask that has the size of its picture and at least one pixel."""
    height, width = value["size"]
    if frame is not None and (width, height) != (frame.width, frame.height):
        return refused(say("%(label)s: the mask has %(mask_width)s x %(mask_height)s pixels, but the picture "
                           "%(width)s x %(height)s; the object was not imported.", label=label, mask_width=width,
                           mask_height=height, width=float(frame.width), height=float(frame.height)))  # fmt: skip
    counts = value["counts"]
    if not isinstance(counts, list):
        return Fitted(dict(value))
    if min(counts, default=0) < 0 or sum(counts) != width * height:
        return refused(say("%(label)s: the runs of the mask do not fill its size; the object was not imported.",
                           label=label))  # fmt: skip
    if not any(counts[1::2]):
        return refused(say("%(label)s: the mask marks no pixel; the object was not imported.", label=label))
    return Fitted(dict(value))


def turn_mask(value: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """The mask of a picture that lay turned in its file, upright."""
    upright = _turned(_pixels(value), turn)
    height, width = upright.shape
    return {"size": [height, width], "counts": _runs(upright)}


def _pixels(value: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    height, width = value["size"]
    counts = value["counts"]
    if isinstance(counts, str):
        pixels: np.ndarray[Any, Any] = coco_mask.decode({"size": [height, width], "counts": counts.encode("ascii")})
        return pixels
    marks = np.zeros(len(counts), np.uint8)
    marks[1::2] = 1
    return np.repeat(marks, counts).reshape((height, width), order="F")


def _runs(pixels: np.ndarray[Any, Any]) -> list[int]:
    flat = pixels.reshape(-1, order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs: list[int] = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    return [0, *runs] if flat[0] else runs


def _turned(pixels: np.ndarray[Any, Any], turn: Turn) -> np.ndarray[Any, Any]:
    match turn:
        case Turn.MIRRORED:
            return pixels[:, ::-1]
        case Turn.UPSIDE_DOWN:
            return pixels[::-1, ::-1]
        case Turn.FLIPPED:
            return pixels[::-1]
        case Turn.TRANSPOSED:
            return pixels.T
        case Turn.ON_ITS_LEFT:
            return np.rot90(pixels, -1)
        case Turn.TRANSVERSED:
            return pixels[::-1, ::-1].T
        case Turn.ON_ITS_RIGHT:
            return np.rot90(pixels)
    return pixels
