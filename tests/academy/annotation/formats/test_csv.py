"""Tables: which column is what, encodings, quotes, rows that are none; and out and in again."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from PIL import Image

from academy.annotation.formats.csv import FORM
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundLabel,
    LeavingItem,
    LeavingSet,
    Options,
    Problem,
    UnreadableSource,
)
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, leaving_sets, write_and_read
from tests.needs import samples


def read(path: Path, **options: str | Path) -> tuple[list[FoundItem], list[Problem], list[FoundLabel]]:
    place = Place(path)
    assert FORM.fits(place)
    found: list[Found] = list(FORM.read(place, Options(**options)))  # type: ignore[arg-type]
    items = [thing for thing in found if isinstance(thing, FoundItem)]
    problems = [thing for thing in found if isinstance(thing, Problem)]
    return items, problems, [thing for thing in found if isinstance(thing, FoundLabel)]


def table(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@given(leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@given(leaving_sets(FORM.carries, Making(kinds=("preference", "classification"), parts=("response1", "response2"))))
@ROUNDS
def test_texts_of_several_parts_come_back(tmp_path: Path, leaving: LeavingSet) -> None:
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_of_an_office_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["번호", "문장", "라벨"], ["1", "꿀잼이다 정말", "긍정"], ["2", "시간이 아깝다", "부정"]]
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)
    items, problems, _ = read(table(tmp_path, text, encoding=encoding))
    assert [(item.name, item.parts, item.fields) for item in items] == [
        ("1", (("", "꿀잼이다 정말"),), {"choice": "긍정"}),
        ("2", (("", "시간이 아깝다"),), {"choice": "부정"}),
    ]
    assert [str(problem.sentence) for problem in problems] == [
        "The columns were read so: items 번호, texts or files 문장, labels 라벨, people –; left out: –. If that is "
        "wrong, name the columns and check again."
    ]


def test_quotes_are_signs_of_the_table_where_they_come_in_pairs(tmp_path: Path) -> None:
    text = 'id,text,label\n1,"a, b\nand c",x\n2,"he said ""hi""",y\n'
    items, problems, _ = read(table(tmp_path, text))
    assert [item.parts[0][1] for item in items] == ["a, b\nand c", 'he said "hi"']
    assert [problem.lost for problem in problems] == [0]


def test_quotes_that_would_swallow_rows_are_text(tmp_path: Path) -> None:
    text = 'id\ttext\tlabel\n1\t"완전 꿀잼\t1\n2\t그냥\t0\n3\t최고라고"\t1\n4\t"별로" 라고\t0\n'
    items, problems, _ = read(table(tmp_path, text, "table.tsv"))
    assert [item.parts[0][1] for item in items] == ['"완전 꿀잼', "그냥", '최고라고"', '"별로" 라고']
    assert "Quotes do not come in pairs" in str(problems[1].sentence)


def test_one_open_quote_among_good_ones_costs_no_row(tmp_path: Path) -> None:
    text = 'id,text,label\n1,"a, b",x\n2,"open,y\n3,"c, d",x\n4,e,y\n'
    items, problems, _ = read(table(tmp_path, text))
    assert [item.parts[0][1] for item in items] == ["a, b", '"open', "c, d", "e"]
    assert [(problem.object, problem.lost) for problem in problems[1:]] == [("3", 0)]


def test_rows_with_too_few_or_too_many_cells_are_named(tmp_path: Path) -> None:
    text = "id,text,label\n1,aa,x\n2,bb\n3,cc,x,more\n4,dd,y,,\n\n5,ee,y\n"
    items, problems, _ = read(table(tmp_path, text))
    assert [item.name for item in items] == ["1", "4", "5"]
    assert [(problem.file, problem.object, problem.lost) for problem in problems[1:]] == [
        ("table.csv", "3", 1), ("table.csv", "4", 1),
    ]  # fmt: skip
    assert "2 cells, but the heading has 3" in problems[1].words("en")


def test_signs_that_are_no_text_cost_their_line(tmp_path: Path) -> None:
    items, problems, _ = read(table(tmp_path, "id,text,label\n1,aa,x\n2,b\0b,y\n3,cc,x\n"))
    assert [item.name for item in items] == ["1", "3"]
    assert "NUL" in problems[1].words("en")


def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"id,text,label\n1,aa,x\n2,\xff\xfe\xff,y\n")
    with pytest.raises(UnreadableSource, match=r"neither UTF-8 nor UTF-16 nor CP949 \(line 3\)"):
        list(FORM.read(Place(path), Options()))


def test_a_line_of_many_megabytes_is_passed_over(tmp_path: Path) -> None:
    items, problems, _ = read(table(tmp_path, "id,text,label\n1,aa,x\n2," + "b" * 9_000_000 + ",y\n3,cc,x\n"))
    assert [item.name for item in items] == ["1", "3"]
    assert [(problem.object, problem.lost) for problem in problems[1:]] == [("3", 1)]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,c\n1,hello there,x\n2,good bye,y\n")
    items = [
        thing for thing in FORM.read(Place(path), Options(text_column="b", label_column="C"))
        if isinstance(thing, FoundItem)
    ]  # fmt: skip
    assert [(item.parts[0][1], item.fields["choice"]) for item in items] == [("hello there", "x"), ("good bye", "y")]
    with pytest.raises(UnreadableSource, match="There is no column d; the columns are: a, b, c"):
        list(FORM.read(Place(path), Options(text_column="d")))


def test_a_table_without_heading_and_the_same_id_twice(tmp_path: Path) -> None:
    items, problems, _ = read(table(tmp_path, "1,hello there you,x\n2,good bye,y\n"), label_column="column 3")
    assert [(item.parts[0][1], item.fields["choice"]) for item in items] == [
        ("hello there you", "x"),
        ("good bye", "y"),
    ]
    items, problems, _ = read(table(tmp_path, "id,text,label\n1,a b,x\n1,a b,x\n1,c d,x\n"))
    assert len(items) == 1
    assert [problem.words("en") for problem in problems[1:]] == [
        "Line 3 says again what line 2 says (1); it was taken once.",
        "Line 4 speaks of 1 as line 2 does, but says something else; the first was taken.",
    ]


BOXES = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def test_boxes_of_one_picture_may_stand_apart(tmp_path: Path) -> None:
    text = BOXES + "b.jpg,9,9,cat,1,2,4,6\na.jpg,9,9,dog,0,0,5,5\nb.jpg,9,9,dog,1.5,1,2,2\nc.jpg,9,9,,,,,\n"
    items, problems, _ = read(table(tmp_path, text))
    assert {item.name: [(thing.label, thing.value) for thing in item.objects] for item in items} == {
        "a.jpg": [("dog", [0, 0, 5, 5])],
        "b.jpg": [("cat", [1, 2, 3, 4]), ("dog", [1.5, 1, 0.5, 1])],
        "c.jpg": [],
    }
    assert all(item.missing for item in items)
    assert len(problems) == 4


def test_boxes_without_heading_and_with_a_broken_number(tmp_path: Path) -> None:
    items, problems, _ = read(table(tmp_path, "a.jpg,0,0,5,5,dog\na.jpg,1,x,3,4,cat\n"))
    assert [(thing.label, thing.value) for thing in items[0].objects] == [("dog", [0, 0, 5, 5])]
    assert [problem.lost for problem in problems].count(1) == 1


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    items, _, _ = read(table(tmp_path, "filename;x;y;w;h;label\na.jpg;1,5;2;3;4,25;dog\n"))
    assert items[0].objects[0].value == [1.5, 2, 3, 4.25]


def test_columns_named_after_people_are_opinions(tmp_path: Path) -> None:
    text = "id,sentence,gold_label,annotator_1,annotator_2\n1,a b,x,x,y\n2,c d,,y,\n"
    items, _, _ = read(table(tmp_path, text))
    assert [(item.name, item.annotator, item.fields.get("choice")) for item in items] == [
        ("1", "", "x"), ("1", "annotator_1", "x"), ("1", "annotator_2", "y"), ("2", "annotator_1", "y"),
    ]  # fmt: skip


def test_what_was_said_in_sounds_and_several_labels_at_once(tmp_path: Path) -> None:
    items, _, _ = read(table(tmp_path, "file,transcript\na.wav,안녕하세요\nb.wav,\n"))
    assert [(item.kind, item.fields, item.labelled) for item in items] == [
        ("transcription", {"text": "안녕하세요"}, True), ("", {}, False),
    ]  # fmt: skip
    items, _, _ = read(table(tmp_path, "id,text,labels\n1,a b,x|y\n2,c d,z\n"))
    assert [item.fields for item in items] == [{"choices": ["x", "y"]}, {"choices": ["z"]}]


def test_a_list_of_labels_beside_a_table(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_bytes("긍정\n부정\n긍정\n".encode("cp949"))
    _, _, labels = read(table(tmp_path, "id,text,label\n1,a b,긍정\n"), labels=names)
    assert [label.name for label in labels] == ["긍정", "부정"]


def test_corners_as_shares_of_the_picture(tmp_path: Path) -> None:
    Image.new("RGB", (40, 20)).save(tmp_path / "a1.png")
    text = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\na1,x,/m/01,1,0.25,0.5,0.1,0.6\n"
    items, _, _ = read(table(tmp_path, text))
    assert [thing.value for thing in items[0].objects] == [[10, 2, 10, 10]]


def test_what_a_spreadsheet_takes_for_a_formula_is_guarded(tmp_path: Path) -> None:
    item = LeavingItem(
        name="=1+1", file_name="a", media="text", parts=(("", "@SUM(A1)"),),
        document={"kind": "classification", "text": "@SUM(A1)", "choice": "-x"},
    )  # fmt: skip
    leaving = LeavingSet(slug="s", title={}, kind="classification", labels=(FoundLabel("-x"),), licence="",
                         attribution="", items=lambda: iter([item]))  # fmt: skip
    FORM.write(leaving, FolderSink(tmp_path))  # type: ignore[misc]
    assert "'=1+1,'@SUM(A1),yes,'-x" in (tmp_path / "s.csv").read_text("utf-8")
    assert_same(leaving, FORM.read(Place(tmp_path), Options()), FORM.carries)


# The real sets -----------------------------------------------------------------------------------------------------


@pytest.mark.samples
def test_film_reviews() -> None:
    items, problems, _ = read(samples("text-nsmc"))
    assert Counter(item.fields.get("choice") for item in items) == {"0": 1500, "1": 1500, None: 300}
    assert all(item.labelled == (item.file == "ratings.tsv") for item in items)
    assert not sum(problem.lost for problem in problems)
    assert any("Quotes do not come in pairs" in problem.words("en") for problem in problems)


@pytest.mark.samples
def test_labels_of_a_crowd_with_gold() -> None:
    items, problems, _ = read(samples("crowd-barzan"))
    assert Counter(bool(item.annotator) for item in items) == {True: 5000, False: 1000}
    assert len({item.annotator for item in items}) == 83 + 1
    assert Counter(item.fields["choice"] for item in items if not item.annotator) == {"0": 509, "1": 491}
    assert [problem.lost for problem in problems] == [0]


@pytest.mark.samples
@pytest.mark.parametrize("named", ["folder", "beside", "labels"])
def test_repeated_labels_of_a_crowd_are_named_and_taken_once(named: str, tmp_path: Path) -> None:
    folder = samples("crowd-hitspam")
    if named == "labels":
        (tmp_path / "labels.tsv").write_bytes((folder / "labels.tsv").read_bytes())
        items, problems, _ = read(tmp_path / "labels.tsv", labels=folder / "gold.tsv")
    else:
        items, problems, _ = read(folder if named == "folder" else folder / "labels.tsv")
    assert Counter(item.fields["choice"] for item in items if not item.annotator) == {"No": 35, "Yes": 16}
    assert sum(bool(item.annotator) for item in items) == 21_730 - 2_164
    assert sum(problem.lost for problem in problems) == 2_164
    assert len({item.name for item in items}) == 2_744


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "count", "labels"),
    [("images-fashion", 500, 10), ("images-signdigits", 300, 10), ("audio-digits", 120, 10)],
)
def test_files_and_their_labels(name: str, count: int, labels: int) -> None:
    items, problems, found = read(samples(name))
    assert len(items) == count
    assert set(Counter(item.fields["choice"] for item in items).values()) == {count // labels}
    assert all(item.media for item in items)
    assert [problem.lost for problem in problems] == [0]
    assert len(found) == (10 if name == "images-fashion" else 0)


@pytest.mark.samples
def test_key_points_of_a_mouse() -> None:
    items, problems, labels = read(samples("keypoints-openfield"))
    assert len(items) == 24
    assert sum(point[2] == 2 for item in items for thing in item.objects for point in thing.value) == 96
    assert labels[0].skeleton["points"] == ["snout", "leftear", "rightear", "tailbase"]
    assert not problems
    points, _, _ = read(samples("keypoints-openfield"), kind="points")
    assert sum(len(item.objects) for item in points) == 96
