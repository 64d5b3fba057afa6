"""Datumaro: what leaves comes back, and its own files come in."""

from pathlib import Path

import pytest
from hypothesis import given

from academy.annotation.formats.datumaro import FORM
from academy.annotation.formats.found import LeavingSet
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, kinds_of, leaving_sets, write_and_read


@pytest.mark.parametrize("kind", kinds_of(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, kind: str) -> None:
    @ROUNDS
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    def rounds(leaving: LeavingSet) -> None:
        assert_same(leaving, write_and_read(FORM, leaving, tmp_path), FORM.carries)

    rounds()
