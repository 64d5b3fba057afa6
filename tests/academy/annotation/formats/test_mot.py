"""MOT: rows become tracks, whole or in pieces, and go out again."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from academy.annotation.formats import mot
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.mot import FORM
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, media_bytes, write_and_read
from tests.academy.annotation.samples import picture
from tests.needs import samples


def read(path: Path, **options: Any) -> list[Found]:
    return list(FORM.read(Place(path), Options(**options)))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


def film(root: Path, rows: str, *, frames: int = 5, labels: str = "car\nbus\n") -> Path:
    for folder in ("gt", "img1"):
        (root / "seq" / folder).mkdir(parents=True, exist_ok=True)
    (root / "seq/gt/gt.txt").write_text(rows)
    (root / "seq/gt/labels.txt").write_text(labels)
    for frame in range(1, frames + 1):
        (root / f"seq/img1/{frame:06d}.jpg").write_bytes(picture(form="JPEG"))
    return root


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@ROUNDS
@given(leaving=leaving_sets(FORM.carries))
def test_another_parser_finds_every_box_in_every_frame(tmp_path: Path, leaving: LeavingSet) -> None:
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    assert FORM.write is not None
    FORM.write(leaving, FolderSink(root, media_bytes))
    for item in leaving.items():
        objects = item.document["objects"] if item.document else []
        table = root / item.file_name.strip(". ") / "gt/gt.txt"
        rows = [list(map(float, row.split(","))) for row in table.read_text().splitlines()] if item.document else []
        seen = {(int(row[1]), int(row[0])): row[2:6] for row in rows}
        for place, thing in enumerate(objects, 1):
            for frame, box in thing["track"].items():
                assert seen.get((place, int(frame) + 1)) == (pytest.approx(box) if box else None)
        assert all(1 <= frame <= len(item.frames) for _, frame in seen)


def test_rows_of_one_number_are_one_track_with_its_gaps(tmp_path: Path) -> None:
    rows = "1,1,0,0,4,4,1,2,1\n2,1,1,0,4,4,1,2,1\n4,1,3,0,4,4,1,2,1\n5,2,0,0,4,4,0,1,1\n1,-1,5,5,4,4,1,1,1\n"
    root = film(tmp_path, rows)
    assert FORM.fits(Place(root))
    found = read(root)
    assert not said(found)
    assert [label.name for label in found if isinstance(label, FoundLabel)] == ["car", "bus"]
    (item,) = items(found)
    assert (item.name, len(item.frames)) == ("seq", 5)
    first, second, alone = item.objects
    assert (first.label, first.ignore) == ("bus", False)
    assert first.value == {"0": [0, 0, 4, 4], "1": [1, 0, 4, 4], "2": None, "3": [3, 0, 4, 4], "4": None}
    assert (second.label, second.ignore, second.value) == ("car", True, {"4": [0, 0, 4, 4]})
    assert alone.value == {"0": [5, 5, 4, 4], "1": None}


def test_rows_that_are_none_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    rows = "1,1,0,0,4,4,1,1,1\nx,1,0,0,4,4\n0,1,0,0,4,4\n1,2,0\n2,1,0,0,4,4,1,2,1\n"
    found = read(film(tmp_path, rows))
    assert [(about, "class" in words) for _, about, words in said(found)] == [
        ("2", False), ("3", False), ("4", False), ("1", True),
    ]  # fmt: skip
    assert len(items(found)[0].objects) == 1


def test_a_table_alone_is_read_with_the_frames_beside_its_folder(tmp_path: Path) -> None:
    root = film(tmp_path, "1,1,0,0,4,4\n")
    assert FORM.fits(Place(root / "seq/gt/gt.txt"))
    (item,) = items(read(root / "seq/gt/gt.txt"))
    assert (item.name, len(item.frames), len(item.objects)) == ("seq", 5, 1)


def test_too_many_rows_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mot, "MOST_ROWS", 2)
    found = read(film(tmp_path, "1,1,0,0,4,4\n2,1,0,0,4,4\n3,1,0,0,4,4\n"))
    assert "more than 2 rows" in said(found)[0][2]
    assert len(items(found)[0].objects) == 1


def test_a_folder_without_a_table_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text('word_1.png, "A"\n')
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)


@pytest.mark.samples
@pytest.mark.parametrize(("folder", "frames"), [("mot_seq", 1), ("mot_seq_with_seqinfo", 0)])
def test_the_samples_come_in(folder: str, frames: int) -> None:
    place = samples("formats-datumaro") / "mot_dataset" / folder
    assert FORM.fits(Place(place))
    found = read(place)
    (item,) = items(found)
    assert (item.name, len(item.frames), bool(item.missing)) == (folder, frames, not frames)
    (thing,) = item.objects
    assert (thing.label, thing.value) == ("label_2", {"0": [0, 4, 4, 8]})
    assert len([thing for thing in found if isinstance(thing, FoundLabel)]) == 10
    assert [words.partition(" were")[0] for _, _, words in said(found)] == (
        [] if frames else ["No frames of the film mot_seq_with_seqinfo"]
    )
