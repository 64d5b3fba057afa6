"""Where templates and static files lie: inside the package once installed, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _beside_or_inside(name: str) -> Path:
    # importlib.resources does not find mapped packages of an editable install, so we look ourselves.
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def templates_dir() -> Path:
    return _beside_or_inside("templates")


def static_dir() -> Path:
    return _beside_or_inside("static")


def translations_dir() -> Path:
    return PACKAGE / "translations"
