"""The command line says what it can do, and what only computes needs no settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy.cli import COMMANDS, main

COMPUTE_ONLY = ("grade", "credential")


@pytest.mark.parametrize("word", COMMANDS)
def test_every_word_explains_itself(word):
    answer = CliRunner().invoke(main, [word, "--help"])
    assert answer.exit_code == 0, answer.output
    assert "Usage:" in answer.output


def test_a_word_nobody_knows_is_an_error():
    answer = CliRunner().invoke(main, ["dance"])
    assert answer.exit_code == 2
    assert "dance" in answer.output


@pytest.mark.parametrize("word", COMPUTE_ONLY)
def test_what_only_computes_needs_no_settings_and_no_application(word, tmp_path: Path):
    """Neither the application nor the database code is even loaded, and wrong settings do not matter."""
    script = (
        "import sys\n"
        "from academy.cli import main\n"
        f"try: main([{word!r}, '--help'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "loaded = {'academy.app', 'academy.db', 'academy.config', 'flask', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    environment = {**os.environ, "ACADEMY_DATABASE_URL": "nonsense", "ACADEMY_DATA": str(tmp_path / "none")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "none").exists()


def test_a_wrong_setting_stops_with_a_sentence(tmp_path: Path):
    environment = {**os.environ, "ACADEMY_DATA": str(tmp_path), "ACADEMY_DATABASE_URL": "mysql://localhost/x"}
    command = [sys.executable, "-m", "academy.cli", "db", "current"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "ACADEMY_DATABASE_URL asks for mysql. Use sqlite or postgresql."
