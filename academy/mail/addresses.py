"""Links in letters: always to our own public address, never to whatever host a request named."""

from secrets import token_urlsafe
from typing import Any

from flask import current_app

from academy.config import settings
from academy.mail.rules import OPTIONAL, Group
from academy.sealing import CanNotBeOpened, seal, unseal

_PURPOSE = "ending letters"


def public_link(endpoint: str, **values: Any) -> str:
    """The full address of one of our pages, for a letter or a printed sheet."""
    path = current_app.url_map.bind("").build(endpoint, values, force_external=False)
    return settings().public_url + path


def new_letter_id() -> str:
    return token_urlsafe(16)


def unsubscribe(user_id: int, group: Group) -> str:
    """The address that ends letters of this group for this person, with one click and without signing in."""
    token = seal(f"{user_id}:{group.value}", purpose=_PURPOSE, name=_PURPOSE, secret=settings().secret_key)
    return public_link("academy.mail.unsubscribe", token=token)


def whose_letters(token: str) -> tuple[int, Group] | None:
    """Who and what a link for ending letters is about; None if it is not one of ours."""
    try:
        user_id, _, group = unseal(token, purpose=_PURPOSE, name=_PURPOSE, secret=settings().secret_key).partition(":")
    except CanNotBeOpened:
        return None
    found = Group(group)
    return (int(user_id), found) if found in OPTIONAL else None
