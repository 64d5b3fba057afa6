"""BIO and CoNLL: spans by characters and by words; what is broken is named; and out and in again."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.annotation.formats import bio, conll, tagging
from academy.annotation.formats.found import FoundItem, LeavingSet, Options, Problem, UnreadableSource
from academy.annotation.formats.losses import overlapping
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Format
from tests.academy.annotation.made_sets import LETTERS
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, leaving_sets, write_and_read
from tests.needs import samples

ANY_BLANKS = st.text(LETTERS + "😀\n\t\u2028\u3000", min_size=1, max_size=40).filter(lambda text: bool(text.strip()))


def read(form: Format, path: Path) -> tuple[list[FoundItem], list[Problem]]:
    place = Place(path)
    assert form.fits(place)
    found = list(form.read(place, Options()))
    return [one for one in found if isinstance(one, FoundItem)], [one for one in found if isinstance(one, Problem)]


def entities(item: FoundItem) -> list[tuple[str, str]]:
    return [(item.parts[0][1][slice(*thing.value)], thing.label) for thing in item.objects]


@pytest.mark.parametrize("form", [bio.FORM, conll.FORM])
def test_what_leaves_comes_back(tmp_path: Path, form: Format) -> None:
    @given(leaving_sets(form.carries, Making(texts=ANY_BLANKS)))
    @ROUNDS
    def comes_back(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(form, leaving, tmp_path), form.carries)

    comes_back()


def test_what_bio_can_not_hold_is_counted_before() -> None:
    spans = [[0, 4], [2, 6], [4, 6], [4, 5]]
    assert overlapping([{"label": "x", "span": span} for span in spans]) == 2
    assert [span[:2] for span in bio.spans_of([{"label": "x", "span": span} for span in spans])] == [(0, 4), (4, 6)]


def test_words_with_tags_make_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.bio").write_text("Kim B-PER\nJin I-PER\nlives O\n\nSeoul B-LOC\nis O\n", "utf-8")
    items, problems = read(bio.FORM, tmp_path)
    assert [item.parts[0][1] for item in items] == ["Kim Jin lives", "Seoul is"]
    assert [entities(item) for item in items] == [[("Kim Jin", "PER")], [("Seoul", "LOC")]]
    assert [item.name for item in items] == ["a.bio:1", "a.bio:5"]
    assert not problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949"])
def test_spaces_are_characters_even_where_an_editor_took_them(tmp_path: Path, encoding: str) -> None:
    text = "## s1\t<홍길동:PS> 씨\r\n홍\tB-PS\r\n길\tI-PS\r\n동\tI-PS\r\n\tO\r\n씨\tO\r\n\r\n"
    (tmp_path / "a.tsv").write_bytes(text.encode(encoding))
    items, problems = read(bio.FORM, tmp_path)
    assert items[0].parts == (("", "홍길동 씨"),)
    assert entities(items[0]) == [("홍길동", "PS")]
    assert not problems


def test_broken_lines_and_tags_are_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    good = "".join(f"## s{n}\t가나\n가\tB-PS\n나\tI-PS\n\n" for n in range(20)).replace("가나", "<가나:PS>")
    broken = "## x\t가나다\n가\tI-PS\n나\tPS?\n다\n\n## x\t가\n가\tB-PS\n\n"
    (tmp_path / "a.tsv").write_text(good + broken, "utf-8")
    items, problems = read(bio.FORM, tmp_path)
    assert len(items) == 21
    assert entities(items[-1]) == [("가", "PS")]
    assert [(problem.object, problem.lost) for problem in problems] == [
        ("83", 0), ("84", 0), ("1", 0), (None, 0), ("x", 1),
    ]  # fmt: skip
    assert problems[0].file == "a.tsv: x"


def test_tags_of_every_dialect() -> None:
    def found(*tags: str) -> list[tuple[str, int, int]]:
        return [(one.label, one.first, one.end) for one in tagging.entities(tags)]

    assert found("B-A", "I-A", "B-A", "O") == [("A", 0, 2), ("A", 2, 3)]
    assert found("I-A", "I-A", "I-B", "O") == [("A", 0, 2), ("B", 2, 3)]
    assert found("B-A", "L-A", "U-B", "S-C", "B-C", "E-C") == [
        ("A", 0, 2), ("B", 2, 3), ("C", 3, 4), ("C", 4, 6),
    ]  # fmt: skip
    assert found("PER-B", "PER-I", "O") == [("PER", 0, 2)]


CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER
"""


def test_conll_2003(tmp_path: Path) -> None:
    (tmp_path / "eng.txt").write_text(CONLL_2003, "utf-8")
    items, problems = read(conll.FORM, tmp_path)
    assert not bio.FORM.fits(Place(tmp_path))
    assert [item.parts[0][1] for item in items] == ["EU rejects German call", "Peter Blackburn"]
    assert [entities(item) for item in items] == [[("EU", "ORG"), ("German", "MISC")], [("Peter Blackburn", "PER")]]
    assert not problems


CONLL_U = """# sent_id = s1
# text = 김씨는 서울에 산다.
1\t김씨\t_\tNOUN\t_\t_\t_\t_\t_\tNER=B-PS|SpaceAfter=No
2\t는\t_\tADP\t_\t_\t_\t_\t_\tNER=O
3-4\t서울에\t_\t_\t_\t_\t_\t_\t_\t_
3\t서울\t_\tPROPN\t_\t_\t_\t_\t_\tNER=B-LC|SpaceAfter=No
4\t에\t_\tADP\t_\t_\t_\t_\t_\t_
5\t산다\t_\tVERB\t_\t_\t_\t_\t_\tSpaceAfter=No
6\t.\t_\tPUNCT\t_\t_\t_\t_\t_\t_
"""


def test_conll_u(tmp_path: Path) -> None:
    (tmp_path / "ko.conllu").write_text(CONLL_U, "utf-8")
    items, problems = read(conll.FORM, tmp_path)
    assert [(item.name, item.parts[0][1]) for item in items] == [("s1", "김씨는 서울에 산다.")]
    assert entities(items[0]) == [("김씨", "PS"), ("서울", "LC")]
    assert not problems


def test_a_folder_without_tags_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\nthere\n", "utf-8")
    for form in (bio.FORM, conll.FORM):
        assert not form.fits(Place(tmp_path))
        with pytest.raises(UnreadableSource):
            list(form.read(Place(tmp_path), Options()))


@pytest.mark.samples
def test_named_entities_by_character() -> None:
    items, problems = read(bio.FORM, samples("text-klue-ner"))
    assert len(items) == 1500
    assert Counter(thing.label for item in items for thing in item.objects) == {
        "PS": 1336, "QT": 950, "DT": 679, "OG": 629, "LC": 486, "TI": 188,
    }  # fmt: skip
    assert [problem.file for problem in problems] == ["klue-ner_subset.tsv: klue-ner-v1_dev_01115-wikitree"]
    assert "do not agree with the tags" in problems[0].words("en")
    odd = next(item for item in items if item.name == "klue-ner-v1_dev_01115-wikitree")
    assert entities(odd)[:4] == [("2002년", "DT"), ("한", "LC"), ("대한민국", "OG"), ("4강", "QT")]
