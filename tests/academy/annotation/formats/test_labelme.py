"""LabelMe: made sets go out as its JSON and come back; the web tool's XML comes in with everything it says."""

from pathlib import Path

from hypothesis import given

from academy.annotation.formats.labelme import FORM
from tests.academy.annotation.round_trip import ROUNDS, assert_same, leaving_sets, write_and_read


@given(leaving_sets(FORM.carries))
@ROUNDS
def test_what_leaves_comes_back(tmp_path, leaving):
    assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)
