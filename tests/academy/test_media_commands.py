"""Media move between a folder and a bucket; what arrived was read back, and a second run copies nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy.backup import storage_of
from academy.cli import main
from academy.config import read_settings
from academy.media_commands import copy_all
from academy.storage import LocalFolder
from tests.object_store import object_store, setting

PICTURES = {f"pictures/{number:02}.png": bytes([number]) * 1000 for number in range(12)}


@pytest.fixture
def bucket() -> Iterator[str]:
    with object_store() as store:
        yield setting(store, "media")


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """An installation with a dozen pictures in its folder."""
    for key, data in PICTURES.items():
        LocalFolder(tmp_path / "media").put(key, data)
    return {"ACADEMY_DATA": str(tmp_path)}


def run(environment: dict[str, str], *words: str) -> str:
    said = CliRunner().invoke(main, ["media", *words], env={"ACADEMY_STORAGE": None} | environment)
    assert said.exit_code == 0, said.output
    return said.output


def all_in(environment: dict[str, str]) -> dict[str, bytes]:
    storage = storage_of(read_settings(environment))
    return {found.key: storage.get(found.key) for found in storage.list()}


def test_a_folder_moves_into_a_bucket_and_back(here, bucket, tmp_path):
    assert "12 files, 12,000 bytes" in run(here, "list")
    assert "12 files copied" in run(here, "move", bucket)
    there = here | {"ACADEMY_STORAGE": bucket}
    assert all_in(there) == all_in(here) == PICTURES
    assert "0 files copied" in run(here, "move", bucket)
    back = {"ACADEMY_DATA": str(tmp_path / "other"), "ACADEMY_STORAGE": bucket}
    assert "12 files copied" in run(back, "move", "folder", "--delete")
    assert all_in({"ACADEMY_DATA": str(tmp_path / "other")}) == PICTURES
    assert all_in(there) == {}


def test_what_came_in_between_is_copied_the_second_time(here, bucket, tmp_path):
    run(here, "move", bucket)
    LocalFolder(tmp_path / "media").put("pictures/new.png", b"new")
    assert "1 files copied" in run(here, "move", bucket)


def test_half_a_copy_over_there_is_copied_again(here, bucket):
    storage = storage_of(read_settings(here | {"ACADEMY_STORAGE": bucket}))
    storage.put("pictures/01.png", bytes([9]) * 1000)
    storage.put("pictures/02.png", b"half")
    run(here, "move", bucket)
    assert all_in(here | {"ACADEMY_STORAGE": bucket}) == PICTURES


def test_a_storage_that_does_not_keep_what_it_was_given_stops_the_move(here, tmp_path):
    class Forgetful(LocalFolder):
        def put(self, key: str, data: bytes) -> None:
            super().put(key, data[:-1])

    source = LocalFolder(tmp_path / "media")
    with pytest.raises(Exception, match="not over there as it is here"):
        list(copy_all(source, Forgetful(tmp_path / "there"), list(source.list())))
    assert len(list(source.list())) == 12


@pytest.mark.parametrize("target", ["nonsense", "s3://bucket?endpiont=x"])
def test_a_target_that_is_none_is_refused(here, target):
    said = CliRunner().invoke(main, ["media", "move", target], env=here)
    assert said.exit_code == 2
    assert "folder" in said.output


def test_moving_to_where_they_are_is_refused(here):
    said = CliRunner().invoke(main, ["media", "move", "folder"], env=here | {"ACADEMY_STORAGE": None})
    assert said.exit_code == 1
    assert "already lie" in said.output


def test_a_bucket_that_does_not_answer_is_said_before_anything_moves(here):
    said = CliRunner().invoke(main, ["media", "move", "s3://none?endpoint=http://127.0.0.1:9"], env=here)
    assert said.exit_code == 1
