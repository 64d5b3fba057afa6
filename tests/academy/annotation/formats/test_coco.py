"""COCO: what leaves comes back, pycocotools reads what we write, and foreign files of every kind come in."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pycocotools.coco import COCO

from academy.annotation.formats.coco import FORM
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, LeavingSet, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.annotation.formats.sinks import FolderSink
from academy.grading.shapes import shape_of
from tests.academy.annotation.round_trip import ROUNDS, Making, assert_same, kinds_of, leaving_sets, media_bytes
from tests.academy.annotation.round_trip import write_and_read as there_and_back
from tests.academy.annotation.samples import picture
from tests.needs import samples


@pytest.mark.parametrize("kind", kinds_of(FORM.carries))
def test_what_leaves_comes_back(tmp_path: Path, kind: str) -> None:
    @ROUNDS
    @given(leaving_sets(FORM.carries, Making(kinds=(kind,))))
    def rounds(leaving: LeavingSet) -> None:
        assert_same(leaving, there_and_back(FORM, leaving, tmp_path), FORM.carries)

    rounds()
