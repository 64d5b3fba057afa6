"""Real sets, in by one tool's form, out by CVAT, Label Studio and LabelMe, and in again: the same gold, opinions and
labels."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.academy.annotation.formats.test_there_and_back import all_of, call
from tests.needs import samples

pytestmark = [pytest.mark.samples, pytest.mark.slow]

PICTURES = "formats-datumaro/cvat_dataset/for_images/export_project"


def real(name: str) -> Path:
    folder, _, below = name.partition("/")
    return samples(folder) / below


def difference(one: Any, other: Any, where: str = "") -> str:
    """Where two values differ by more than 1e-6 (relative, for what went through percent); "" if nowhere."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{where}: {sorted(map(str, one.keys() ^ other.keys()))}"
        return next(filter(None, (difference(one[name], other[name], f"{where}.{name}") for name in one)), "")
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            return f"{where}: {len(one)} and {len(other)}"
        pairs = enumerate(zip(one, other, strict=True))
        return next(filter(None, (difference(left, right, f"{where}[{at}]") for at, (left, right) in pairs)), "")
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
    same = one == pytest.approx(other, rel=1e-9, abs=1e-6) if numbers else one == other
    return "" if same else f"{where}: {one!r} and {other!r}"


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("cvat", "formats-cvat-export"), ("cvat", PICTURES), ("cvat", "formats-datumaro/cvat_dataset/for_video"),
        ("cvat", "boxes-bccd"), ("cvat", "formats-datumaro/labelme_dataset"), ("cvat", "keypoints-openfield"),
        ("cvat", "polygons-publaynet"), ("labelme", "polygons-publaynet"), ("labelme", PICTURES),
        ("labelme", "formats-datumaro/labelme_dataset"), ("labelme", "images-signdigits"),
        ("labelstudio", "formats-labelstudio"), ("labelstudio", "polygons-cars"), ("labelstudio", "audio-digits"),
        ("labelstudio", "text-klue-ner"), ("labelstudio", "preference-pandalm"), ("labelstudio", PICTURES),
        ("labelstudio", "formats-datumaro/cvat_dataset/for_video"), ("labelstudio", "crowd-klue-nli"),
    ],
)  # fmt: skip
def test_a_set_that_leaves_and_comes_in_again_is_the_same(app: Flask, tmp_path: Path, form: str, name: str) -> None:
    call(app, "import", str(real(name)), "--set", "first", "--licence", "CC0")
    call(app, "export", form, "--set", "first", str(tmp_path / "out"))
    report = call(app, "import", str(tmp_path / "out"), "--set", "second", "--licence", "CC0")
    assert (report["format"], report["refused"]) == (form, 0)
    first, second = all_of("first"), all_of("second")
    for kept in ("golds", "opinions", "labels"):
        left, came = (value[kept] for value in (first, second))
        if kept == "labels":
            assert came >= left
        else:
            assert not difference(left, came, kept)
