"""What the wheel holds: every room, every template and static file, nothing that Python or npm left behind."""

import re
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def listed_packages() -> set[str]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return set(config["options"]["packages"].split())


def packages_on_disk() -> set[str]:
    """A folder with code, or with something the code reads, that is not merely data inside a package."""
    with_code = {path.parent for top in ("academy", "courses", "exams") for path in (ROOT / top).rglob("__init__.py")}
    return {".".join(folder.relative_to(ROOT).parts) for folder in with_code}


def test_every_room_is_in_the_package_list():
    mapped = {"academy.templates", "academy.static"}
    assert listed_packages() - mapped == packages_on_disk()


def test_every_package_says_what_it_is_and_nothing_else():
    for package in packages_on_disk():
        text = (ROOT.joinpath(*package.split(".")) / "__init__.py").read_text(encoding="utf-8")
        assert re.fullmatch(r'"""[^"]+"""\n', text), package


def test_no_registry_host_stands_in_the_lock_file():
    assert "resolved" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_wheel_is_complete_and_clean(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(tmp_path / "copy"),
    ]
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    fetched = [path for path in (ROOT / "academy" / "credentials" / "vendor").glob("*") if path.is_file()]
    for path in [*(ROOT / name for name in files), *fetched]:
        if path.is_file():
            target = tmp_path / "copy" / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    inside = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for folder, place in (("templates", "academy/templates"), ("static", "academy/static")):
        wanted = {
            name.replace(folder, place, 1)
            for name in files
            if name.startswith(f"{folder}/") and (ROOT / name).is_file()
        }
        assert wanted <= inside
    data = {name for name in files if name.split("/")[0] in {"academy", "courses", "exams"} and (ROOT / name).is_file()}
    assert data <= inside
    assert {path.relative_to(ROOT).as_posix() for path in fetched} <= inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith(("tests/", "node_modules/"))]
