"""CVAT 1.1 XML: made sets go out and come back, and real exports come in with everything they say."""

from pathlib import Path

from hypothesis import given

from academy.annotation.formats.cvat import FORM
from academy.annotation.formats.found import FoundItem, FoundLabel, Options, Problem
from academy.annotation.formats.places import Place
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, write_and_read


def found_in(path: Path):
    found = list(FORM.read(Place(path), Options()))
    return (
        [thing for thing in found if isinstance(thing, FoundItem)],
        [thing for thing in found if isinstance(thing, Problem)],
        {thing.name: thing for thing in found if isinstance(thing, FoundLabel)},
    )


@given(leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path, leaving):
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)
