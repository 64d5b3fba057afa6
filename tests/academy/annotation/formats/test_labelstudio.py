"""Label Studio: made sets go out and come back, and real exports come in with everything they say."""

from pathlib import Path

from hypothesis import given

from academy.annotation.formats.found import FoundItem, FoundLabel, Options, Problem
from academy.annotation.formats.labelstudio import FORM
from academy.annotation.formats.places import Place
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, write_and_read


@given(leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path, leaving):
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)
