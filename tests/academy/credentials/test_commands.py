"""`academy credential verify` works on any machine: no settings, no database, no network."""

import json

import pytest
from click.testing import CliRunner

from academy.credentials import image
from academy.credentials.commands import credential
from tests.academy.credentials.issuers import DIDS, ISSUER, PLACE, revocations, signed


def files(folder, listed=None):
    (folder / "badge.json").write_text(json.dumps(signed()))
    (folder / "badge.png").write_bytes(image.bake(image.draw(1), signed()))
    (folder / "did.json").write_text(json.dumps(DIDS[ISSUER]))
    (folder / "status.json").write_text(json.dumps(listed or revocations()))
    return folder


def run(*arguments):
    return CliRunner().invoke(credential, ["verify", *map(str, arguments)])


@pytest.mark.parametrize("name", ["badge.json", "badge.png"])
def test_a_good_badge_with_everything_at_hand_is_valid(tmp_path, name):
    folder = files(tmp_path)
    result = run(folder / name, "--did", folder / "did.json", "--status", folder / "status.json", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer["verdict"] == "valid"
    assert answer["results"] == [{"name": "Score", "value": "87"}, {"name": "IoU", "value": "0.91"}]


def test_without_the_issuers_keys_it_says_that_it_can_not_tell(tmp_path):
    result = run(files(tmp_path) / "badge.json")
    assert result.exit_code == 3
    assert "We can not tell" in result.output
    assert "could not be looked up" in result.output


def test_without_the_list_it_says_that_it_can_not_tell(tmp_path):
    folder = files(tmp_path)
    assert run(folder / "badge.json", "--did", folder / "did.json").exit_code == 3


def test_a_revoked_badge_is_not_valid(tmp_path):
    folder = files(tmp_path, revocations(PLACE))
    result = run(folder / "badge.json", "--did", folder / "did.json", "--status", folder / "status.json")
    assert result.exit_code == 1
    assert "has revoked it" in result.output


@pytest.mark.parametrize("text", ["", "{", '{"a": 1, "a": 2}', "[" * 100_000, "NaN"])
def test_what_can_not_be_read_gets_a_sentence(tmp_path, text):
    (tmp_path / "badge.json").write_text(text)
    result = run(tmp_path / "badge.json")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output
