"""ICDAR: where words stand, what they say and which pixels are theirs, in every way the competitions wrote it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from academy.annotation.formats.found import Found, FoundItem, Options, Problem, UnreadableSource
from academy.annotation.formats.icdar import FORM
from academy.annotation.formats.places import Place
from academy.annotation.formats.voc_masks import as_pixels
from tests.academy.annotation.samples import picture
from tests.needs import samples


def read(path: Path) -> list[Found]:
    return list(FORM.read(Place(path), Options()))


def items(found: Iterable[Found]) -> list[FoundItem]:
    return [thing for thing in found if isinstance(thing, FoundItem)]


def said(found: Iterable[Found]) -> list[tuple[str, str | None, str]]:
    return [(thing.file, thing.object, str(thing.sentence)) for thing in found if isinstance(thing, Problem)]


RING = [[[[0, 0], [9, 0], [9, 5], [0, 5]]]]


@pytest.mark.parametrize(
    ("line", "shape", "value", "text"),
    [
        ("0,0,9,0,9,5,0,5,Genaxis Theatre", "polygon", RING, "Genaxis Theatre"),
        ("0,0,9,0,9,5,0,5,a, b", "polygon", RING, "a, b"),
        ("0,0,9,0,9,5,0,5,2019", "polygon", RING, "2019"),
        ('0,0,9,0,9,5,0,5,"a "b" c"', "polygon", RING, 'a "b" c'),
        ("0,0,9,0,9,5,0,5,Korean,한글", "polygon", RING, "한글"),
        ("\ufeff0,0,9,0,9,5,0,5,x", "polygon", RING, "x"),
        ('1 2 5 4 "RED"', "box", (1, 2, 4, 2), "RED"),
        ('1, 2, 5, 4, "RED, too"', "box", (1, 2, 4, 2), "RED, too"),
        ("1,2,5.5,4,RED", "box", (1, 2, 4.5, 2), "RED"),
        ('0,0,9,0,9,5,4,7,0,5,"five corners"', "polygon", [[[[0, 0], [9, 0], [9, 5], [4, 7], [0, 5]]]], "five corners"),
    ],
)
def test_every_way_to_write_a_word_is_read(tmp_path: Path, line: str, shape: str, value: Any, text: str) -> None:
    (tmp_path / "img_1.png").write_bytes(picture())
    (tmp_path / "gt_img_1.txt").write_text(line)
    found = read(tmp_path)
    assert not said(found)
    (item,) = items(found)
    (thing,) = item.objects
    assert (item.name, thing.label, thing.shape, thing.value) == ("img_1.png", "text", shape, value)
    assert thing.beside == {"text": text}
    assert FORM.fits(Place(tmp_path))


def test_words_nobody_can_read_are_ignored_and_broken_lines_are_named(tmp_path: Path) -> None:
    (tmp_path / "gt_a.txt").write_text("0,0,9,0,9,5,0,5,###\n1,2,3\nhello\n\n1,1,5,5,ok\n")
    found = read(tmp_path)
    assert [(file, about) for file, about, _ in said(found)] == [
        ("gt_a.txt", "2"),
        ("gt_a.txt", "3"),
        ("gt_a.txt", None),
    ]
    (item,) = items(found)
    assert item.missing == "a"
    assert [(thing.id, thing.ignore, dict(thing.beside)) for thing in item.objects] == [
        ("1", True, {}),
        ("5", False, {"text": "ok"}),
    ]


def test_pictures_of_words_are_transcriptions(tmp_path: Path) -> None:
    (tmp_path / "word_1.png").write_bytes(picture())
    rows = ['word_1.png, "He said \\"no\\", twice"', "word_2.png, plain", 'word_1.png, "again"', "nothing"]
    (tmp_path / "gt.txt").write_text("\n".join(rows))
    found = read(tmp_path)
    assert [(item.name, item.kind, item.fields["text"], item.missing) for item in items(found)] == [
        ("word_1.png", "transcription", 'He said "no", twice', ""),
        ("word_2.png", "transcription", "plain", "word_2.png"),
    ]
    assert [(file, about) for file, about, _ in said(found)] == [
        ("gt.txt: word_2.png", None),
        ("gt.txt", "3"),
        ("gt.txt", "4"),
    ]
    assert "line 1 reads already" in said(found)[1][2]


def test_letters_without_their_colours_get_boxes(tmp_path: Path) -> None:
    (tmp_path / "1_GT.txt").write_text('1 2 3 4 5 0 0 9 9 "A"\n#1 2 4 4 5 0 0 9 9 "B"\nx\n')
    (tmp_path / "1.png").write_bytes(picture())
    found = read(tmp_path)
    assert [(about, "colour" in words) for _, about, words in said(found)] == [(None, True), ("3", True)]
    assert [(thing.shape, thing.ignore) for thing in items(found)[0].objects] == [("box", False), ("box", True)]


def test_a_folder_without_readings_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "gt.csv").write_text("a,b\n")
    assert not FORM.fits(Place(tmp_path))
    with pytest.raises(UnreadableSource):
        read(tmp_path)


@pytest.mark.samples
def test_the_three_layouts_of_the_sample_come_in() -> None:
    place = samples("formats-datumaro") / "icdar_dataset"
    found = read(place)
    by_name = {item.name.partition("/")[2].rpartition("/")[2]: item for item in items(found)}
    assert len(by_name) == 5
    assert all(item.media for item in by_name.values())
    assert [thing.beside["text"] for name in ("img_1.png", "img_2.png") for thing in by_name[name].objects] == [
        "FOOD", "RED", "LION",
    ]  # fmt: skip
    assert [by_name[name].fields["text"] for name in ("word_1.png", "word_2.png")] == ["PROPER", "Canon"]
    letters = by_name["1.png"].objects
    assert [(thing.beside["text"], int(as_pixels(thing.value).sum())) for thing in letters] == [
        ("F", 2), ("T", 2), ("h", 1),
    ]  # fmt: skip


@pytest.mark.samples
def test_letters_outside_their_picture_are_named() -> None:
    found = read(samples("formats-datumaro") / "icdar_dataset" / "text_segmentation")
    assert [(file, about) for file, about, _ in said(found)] == [("train/1_GT.txt", line) for line in "134"]
    assert all("outside the picture of 5 x 2 pixels" in words for _, _, words in said(found))
    assert "(108, 225, 132)" in said(found)[0][2]
