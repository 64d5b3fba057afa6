"""A folder for each class, files without classes, tables beside."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from academy.annotation.formats.folders import FORM
from academy.annotation.formats.found import FoundItem, LeavingSet, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, leaving_sets, write_and_read
from tests.needs import samples


def put(folder: Path, *names: str, data: bytes = b"x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def read(path: Path, **options: str) -> tuple[list[FoundItem], list[Problem]]:
    place = Place(path)
    found = list(FORM.read(place, Options(**options)))  # type: ignore[arg-type]
    return [one for one in found if isinstance(one, FoundItem)], [one for one in found if isinstance(one, Problem)]


@pytest.mark.parametrize("parts", [("",), ("premise", "hypothesis")])
def test_what_leaves_comes_back(tmp_path: Path, parts: tuple[str, ...]) -> None:
    @given(leaving_sets(FORM.carries, Making(parts=parts)))
    @ROUNDS
    def comes_back(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)

    comes_back()


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    put(tmp_path, "train/cat/1.jpg", "train/dog/images/2.png", "test/고양이/3.JPG", "test/loose.jpg", "readme.md")
    assert FORM.fits(Place(tmp_path))
    items, problems = read(tmp_path)
    assert {item.name: item.fields.get("choice") for item in items} == {
        "train/cat/1.jpg": "cat", "train/dog/images/2.png": "dog", "test/고양이/3.JPG": "고양이",
        "test/loose.jpg": None,
    }  # fmt: skip
    assert [item.labelled for item in items] == [False, True, True, True]
    assert {item.tags for item in items} == {("train",), ("test",)}
    assert not problems


def test_texts_in_folders_are_read_in_any_encoding(tmp_path: Path) -> None:
    put(tmp_path, "good/1.txt", data="좋은 글".encode("cp949"))
    put(tmp_path, "bad/2.txt", data="나쁜 글".encode("utf-16"))
    put(tmp_path, "bad/3.txt", data=b"\xff\x00\xff\xff")
    put(tmp_path, "bad/4.txt", data=b" \n")
    items, problems = read(tmp_path)
    assert [(*item.parts[0], item.fields["choice"]) for item in items] == [
        ("", "나쁜 글", "bad"), ("", "좋은 글", "good"),
    ]  # fmt: skip
    assert [(problem.file, problem.lost) for problem in problems] == [("bad/3.txt", 1), ("bad/4.txt", 1)]


def test_one_folder_is_no_class(tmp_path: Path) -> None:
    put(tmp_path, "dogs/1.jpg", "dogs/2.jpg")
    assert not FORM.fits(Place(tmp_path))
    items, problems = read(tmp_path)
    assert [item.labelled for item in items] == [False, False]
    assert "not taken as a class" in problems[0].words("en")


def test_plain_files_and_frames_come_in_without_labels(tmp_path: Path) -> None:
    put(tmp_path, "frame10.png", "frame9.png", "a.wav", "b.pcd")
    items, problems = read(tmp_path)
    assert [item.labelled for item in items] == [False] * 4
    assert not problems
    (video,) = read(tmp_path, kind="track")[0]
    assert [path.name for path in video.frames] == ["frame9.png", "frame10.png"]
    with pytest.raises(UnreadableSource):
        list(FORM.read(Place(tmp_path / "nothing"), Options()))


def test_a_table_beside_is_believed(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg", "dog/2.jpg", "dog/3.jpg")
    (tmp_path / "labels.csv").write_text("file,label\ncat/1.jpg,tiger\ndog/2.jpg,wolf\n", "utf-8")
    items, _ = read(tmp_path)
    assert {item.name: item.fields.get("choice") for item in items} == {
        "cat/1.jpg": "tiger", "dog/2.jpg": "wolf", "dog/3.jpg": None,
    }  # fmt: skip


@pytest.mark.samples
def test_hand_signs_by_their_folders() -> None:
    items, problems = read(samples("images-signdigits") / "Dataset")
    assert set(Counter(item.fields["choice"] for item in items).values()) == {30}
    assert not problems


@pytest.mark.samples
def test_sounds_without_folders() -> None:
    items, _ = read(samples("audio-digits") / "recordings")
    assert len(items) == 120
    assert not any(item.labelled for item in items)
