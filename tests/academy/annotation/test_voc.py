"""Pascal VOC files: the good goes in, the odd is named, the hostile does nothing."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from academy.annotation.formats import voc
from academy.annotation.formats.preparing import prepare
from academy.annotation.formats.reading import Reading, UnreadableSource
from tests.academy.annotation.samples import picture, voc_folder, voc_xml
from tests.needs import samples

PICTURE = picture((10, 10, 30, 20))


def imported(path: Path) -> tuple[list[dict[str, Any]], list[tuple[str, str | None, str]], Reading]:
    """Documents, problems and the reading of a folder."""
    reading = voc.read(path)
    prepared = [prepare(item) for item in reading.items]
    problems = reading.problems + [problem for one in prepared for problem in one.problems]
    documents = [one.document for one in prepared if one.document is not None]
    return documents, [(problem.file, problem.object, problem.message) for problem in problems], reading


def test_a_clean_folder_has_no_problems(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30), ("WBC", 0, 0, 120, 80)), PICTURE))
    documents, problems, reading = imported(tmp_path)
    assert problems == []
    assert reading.objects == 2
    assert documents[0] == {
        "kind": "box",
        "image": {"width": 120, "height": 80},
        "objects": [
            {"id": "1", "label": "RBC", "box": [10, 10, 30, 20]},
            {"id": "2", "label": "WBC", "box": [0, 0, 120, 80]},
        ],
    }


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((50, 40, 50, 40), "no area"),
        ((50, 40, 60, 40), "no area"),
        ((60, 40, 50, 50), "comes before"),
        ((500, 40, 510, 50), "outside"),
        (("nan", 40, 60, 50), "no number"),
        (("", 40, 60, 50), "no number"),
        (("1e5", 40, 60, 50), "no number"),
        ((50, 40, "50.5", "41"), "square pixel"),
    ],
)
def test_a_box_that_is_none_is_named_and_the_rest_goes_in(tmp_path: Path, box: Any, said: str):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", *box), ("RBC", 10, 10, 40, 30)), PICTURE))
    documents, problems, reading = imported(tmp_path)
    assert reading.objects == 2
    assert [item["id"] for item in documents[0]["objects"]] == ["2"]
    assert [(file, about) for file, about, _ in problems] == [("Annotations/a.xml", "1")]
    assert said in problems[0][2]


def test_a_box_over_the_edge_is_cut_and_named(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", -5, 10, 130, 30)), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert documents[0]["objects"][0]["box"] == [0, 10, 120, 20]
    assert "was cut" in problems[0][2]


def test_an_object_labelled_twice_is_named_and_imported(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 60, 60), ("RBC", 11, 10, 61, 60)), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert len(documents[0]["objects"]) == 2
    assert problems[0][:2] == ("Annotations/a.xml", "2")
    assert "object 1 by 0.96" in problems[0][2]


def test_missing_names_boxes_and_parts_are_named(tmp_path: Path):
    extra = (
        "<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
        "<object><name>RBC</name></object>"
        "<object><name>person</name><difficult>1</difficult><truncated>1</truncated><bndbox><xmin>1</xmin><ymin>1</ymin>"
        "<xmax>9</xmax><ymax>9</ymax></bndbox><part><name>head</name></part></object>"
    )
    voc_folder(tmp_path, ("a", voc_xml("a.png", extra=extra), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert [about for _, about, _ in problems] == ["1", "2", "3"]
    assert documents[0]["objects"][0] == {
        "id": "3",
        "label": "person",
        "box": [1, 1, 8, 8],
        "optional": True,
        "attributes": {"truncated": "1"},
    }


def test_labels_for_another_size_are_not_imported(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30), size=(640, 480)), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert documents == []
    assert "640 x 480" in problems[0][2]


def test_labels_drawn_upright_on_a_lying_picture_are_not_turned_again(tmp_path: Path):
    lying = picture((10, 10, 30, 20), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
    voc_folder(tmp_path / "file", ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), lying))
    voc_folder(tmp_path / "upright", ("a", voc_xml("a.png", ("RBC", 50, 10, 70, 40), size=(80, 120)), lying))
    for folder, count in (("file", 0), ("upright", 1)):
        documents, problems, _ = imported(tmp_path / folder)
        assert documents[0]["image"] == {"width": 80, "height": 120}
        assert documents[0]["objects"][0]["box"] == [50, 10, 20, 30]
        assert len(problems) == count


def test_a_picture_is_found_by_name_and_never_by_its_path(tmp_path: Path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(PICTURE)
    folder = tmp_path / "data"
    voc_folder(folder, ("a", voc_xml("../../secret.png", ("RBC", 1, 1, 9, 9)), b""))
    documents, problems, _ = imported(folder)
    assert documents == []
    assert "was not found" in problems[0][2]
    (folder / "JPEGImages" / "link.png").symlink_to(secret)
    voc_folder(folder, ("b", voc_xml("link.png", ("RBC", 1, 1, 9, 9)), b""))
    assert imported(folder)[0] == []


def test_a_windows_path_names_a_file_too(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("C:\\labels\\a.png", ("RBC", 1, 1, 9, 9)), PICTURE))
    assert imported(tmp_path)[1] == []


def test_a_picture_that_is_named_wrongly_is_taken_by_the_name_of_the_file(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("b.png", ("RBC", 1, 1, 9, 9)), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert len(documents) == 1
    assert "'b.png' is not there" in problems[0][2]


def test_a_picture_without_labels_and_a_broken_one_are_named(tmp_path: Path):
    voc_folder(tmp_path, ("a", voc_xml("a.png"), PICTURE[:150]))
    (tmp_path / "JPEGImages" / "lonely.jpg").write_bytes(PICTURE)
    documents, problems, _ = imported(tmp_path)
    assert documents == []
    assert {file for file, _, _ in problems} == {"JPEGImages/lonely.jpg", "a.png"}


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><annotation>&y;</annotation>'
FETCH = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>'


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (BOMB, "document type"),
        (FETCH, "document type"),
        ("<annotation>" * 5000, "deep"),
        ("<annotation>", "well-formed"),
        ("", "well-formed"),
        ("<html></html>", "root"),
        ('<?xml version="1.0" encoding="ebcdic-cp-be"?><annotation/>', "well-formed"),
        ("<annotation>\0</annotation>", "well-formed"),
    ],
)
def test_hostile_xml_is_named_and_the_rest_goes_in(tmp_path: Path, xml: str, said: str):
    voc_folder(tmp_path, ("a", voc_xml("a.png", ("RBC", 10, 10, 40, 30)), PICTURE), ("evil", xml, b""))
    documents, problems, _ = imported(tmp_path)
    assert len(documents) == 1
    assert [(file, about) for file, about, _ in problems] == [("Annotations/evil.xml", None)]
    assert said in problems[0][2]


def test_a_folder_without_xml_can_not_be_read(tmp_path: Path):
    with pytest.raises(UnreadableSource):
        voc.read(tmp_path)


def test_what_we_write_we_read_and_others_read_too(tmp_path: Path):
    objects = [
        {"id": "1", "label": "적혈구 <&>", "box": [10, 10, 30.5, 20]},
        {"id": "2", "label": "RBC", "box": [0, 0, 120, 80], "optional": True},
    ]
    written = voc.write("a.png", 120, 80, objects)
    assert etree.fromstring(written).findtext("object/name") == "적혈구 <&>"
    voc_folder(tmp_path, ("a", written.decode(), PICTURE))
    documents, problems, _ = imported(tmp_path)
    assert problems == []
    assert documents[0]["objects"] == objects


@pytest.mark.samples
def test_every_oddity_of_the_blood_cells_is_named():
    documents, problems, reading = imported(samples("boxes-bccd"))
    assert (len(reading.items), reading.objects) == (84, 1176)
    assert sum(len(document["objects"]) for document in documents) == 1175
    named = {Path(file).name: message for file, _, message in problems}
    assert len(problems) == len(named) == 4
    for file in ("BloodImage_00100.xml", "BloodImage_00284.xml", "BloodImage_00403.xml"):
        assert "0.93" in named[file]
    assert "no area" in named["BloodImage_00338.xml"]
    assert all(about for _, about, _ in problems)
