"""Whatever bytes a text file holds: what is good is found, the rest is said, nothing breaks, nothing grows."""

import resource
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from academy.annotation.formats import bio, conll, csv, folders, jsonl
from academy.annotation.formats.found import Found, FoundItem, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Format
from tests.academy.annotation.round_trip import ROUNDS

SUFFIXES = {"csv": ".csv", "jsonl": ".jsonl", "bio": ".bio", "conll": ".conll", "folders": ".txt"}
CELLS = st.sampled_from([
    "id", "item", "file", "text", "label", "labels", "worker", "x", "y", "w", "h", "start", "end", "scorer", "coords",
    "bodyparts", "a.png", "1", "-3.5", "nan", '"', '"a', 'b"', "'=1", "가", "B-PS", "O", "", " ", "\0", "\u2028", "{}",
    '{"text": "a", "label": [[0, 1, "x"]]}', '{"item": "a", "media": "text", "gold": {"kind": "box", "objects": [1]}}',
    '{"academy": {"labels": [{"name": 3}]}}', "[", "]", "#", "## a", "-DOCSTART-",
])  # fmt: skip
TABLES = st.lists(st.lists(CELLS, max_size=6), max_size=8)


def found(form: Format, place: Place) -> list[Found]:
    """Everything that is found; nothing where the source is refused with a sentence."""
    try:
        return list(form.read(place, Options()))
    except UnreadableSource as error:
        return [Problem(place.path.name, None, error.sentence)]


@pytest.mark.parametrize("form", [csv.FORM, jsonl.FORM, bio.FORM, conll.FORM, folders.FORM])
def test_no_text_breaks_a_reader(tmp_path: Path, form: Format) -> None:
    folder = tmp_path / "files"
    (folder / "one").mkdir(parents=True)

    @ROUNDS
    @given(TABLES, st.sampled_from([",", "\t", ";", ""]), st.sampled_from(["utf-8", "utf-16", "cp949"]), st.booleans())
    @example([["label"]], ",", "utf-8", False)
    def is_read(table: list[list[str]], delimiter: str, encoding: str, cut: bool) -> None:
        data = "\n".join(delimiter.join(row) for row in table).encode(encoding, "replace")
        path = folder / "one" / f"a{SUFFIXES[form.token]}"
        path.write_bytes(data[:-1] if cut else data)
        for place in (Place(folder), Place(path)):
            form.fits(place)
            assert all(one.words("en") for one in found(form, place) if isinstance(one, Problem))

    is_read()


@pytest.mark.parametrize("form", [csv.FORM, jsonl.FORM, bio.FORM, conll.FORM])
@ROUNDS
@given(st.binary(max_size=400))
def test_no_bytes_break_a_reader(tmp_path: Path, form: Format, data: bytes) -> None:
    path = tmp_path / f"a{SUFFIXES[form.token]}"
    path.write_bytes(data)
    form.fits(Place(tmp_path))
    assert all(not isinstance(one, FoundItem) or one.name for one in found(form, Place(path)))


@pytest.mark.parametrize("form", [csv.FORM, jsonl.FORM, bio.FORM, conll.FORM])
def test_a_file_of_one_line_of_100_megabytes_stays_small(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"a{SUFFIXES[form.token]}"
    with path.open("w") as file:
        for _ in range(100):
            file.write('{"a, b\tc' * 131_072)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        items = [one for one in form.read(Place(path), Options()) if isinstance(one, FoundItem)]
    except UnreadableSource:
        items = []
    assert not items
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
