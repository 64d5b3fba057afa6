"""Run lengths against pycocotools: the same pixels, areas and boxes, and no crash on what is no mask."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from pycocotools import mask as oracle

from academy.annotation.formats import masks

GRIDS = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def _oracle(pixels: masks.Grid) -> dict[str, Any]:
    encoded: dict[str, Any] = oracle.encode(np.asfortranarray(pixels, np.uint8))
    return encoded


@given(GRIDS)
def test_masks_agree_with_pycocotools(pixels: masks.Grid) -> None:
    mask = masks.from_grid(pixels)
    encoded = _oracle(pixels)
    assert (masks.grid(mask) == pixels).all()
    assert masks.area(mask) == oracle.area(encoded) == pixels.sum()
    if pixels.any():
        assert masks.bounds(mask) == list(oracle.toBbox(encoded))


@given(GRIDS)
def test_runs_as_numbers_and_as_text_are_the_same_mask(pixels: masks.Grid) -> None:
    packed = masks.from_grid(pixels)
    listed = {"size": packed["size"], "counts": masks.runs(packed).tolist()}
    assert (masks.grid(listed) == pixels).all()
    assert masks.packed(listed["counts"], *pixels.shape) == packed


def test_long_runs_are_packed_into_several_characters() -> None:
    pixels = np.zeros((1000, 900), bool)
    pixels[300:, 100:800] = True
    pixels[5, 7] = True
    assert (masks.grid(masks.from_grid(pixels)) == pixels).all()


@given(GRIDS)
def test_the_outline_of_a_mask_holds_the_same_pixels(pixels: masks.Grid) -> None:
    outline = masks.to_polygon(masks.from_grid(pixels))
    assert bool(outline) == bool(pixels.any())
    if outline:
        again = masks.from_polygon(outline, *pixels.shape)
        assert (masks.grid(again) == pixels).all()


@pytest.mark.parametrize(
    "mask",
    [
        {},
        {"size": [2, 2]},
        {"size": [2, 2], "counts": [5]},
        {"size": [2, 2], "counts": [1, 1]},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [2, 2], "counts": [True, 3]},
        {"size": [2.0, 2], "counts": [4]},
        {"size": [0, 2], "counts": []},
        {"size": [2, 2], "counts": ""},
        {"size": [2, 2], "counts": "oooooooooooo0"},
        {"size": [2, 2], "counts": "o"},
        {"size": [2, 2], "counts": "가"},
        {"size": [2, 2], "counts": "4 \x00"},
        {"size": [10**9, 10**9], "counts": [10**18]},
        {"size": [2, 2], "counts": None},
    ],
)
def test_what_is_no_mask_is_refused(mask: dict[str, Any]) -> None:
    with pytest.raises(masks.BadMask):
        masks.grid(mask)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30), st.integers(1, 9), st.integers(1, 9))
def test_no_text_breaks_the_reader_of_packed_runs(text: str, height: int, width: int) -> None:
    try:
        pixels = masks.grid({"size": [height, width], "counts": text})
    except masks.BadMask:
        return
    assert (oracle.decode({"size": [height, width], "counts": text.encode()}) == pixels).all()


def test_ids_are_read_from_three_colours(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[1, 2, 3], [7, 0, 0]]], np.uint8)).save(tmp_path / "ids.png")
    assert masks.read_ids(tmp_path / "ids.png").tolist() == [[1 + 2 * 256 + 3 * 65536, 7]]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG....")
    with pytest.raises(masks.BadMask):
        masks.read_ids(tmp_path / "broken.png")
