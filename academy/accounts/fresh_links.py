"""A link that was just made: shown once to whoever made it, to be printed or photographed."""

from typing import Any

import segno
from flask import session

FRESH = "fresh_link"


def keep(address: str, purpose: str, person: str = "") -> None:
    """Hand the link over to the page that shows it."""
    session[FRESH] = {"address": address, "purpose": purpose, "person": person}


def taken() -> dict[str, Any] | None:
    """The link and its picture, which this browser forgets with the answer."""
    held = session.pop(FRESH, None)
    if not isinstance(held, dict):
        return None
    picture = segno.make(held["address"], error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    return {**held, "picture": picture}
