"""Lets large files in where somebody may bring them, and only after it is known who brings them.

Everywhere else a request may be 20 MB (see academy.security). A body is read when its token against forged requests is
looked for, so for the few views that take more the permission is asked first: a stranger's gigabyte is not even read.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from academy import permissions

View = TypeVar("View", bound=Callable[..., Any])


def takes(most: int) -> Callable[[View], View]:
    """Mark a view that may be sent so many bytes; stands below the route decorator."""

    def mark(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Before anything else reads a body: call it before academy.security is set up."""
    app.before_request(_ask_first)


def _ask_first() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "most_bytes", None)
    if most is None:
        return None
    request.max_content_length = most
    return permissions.guard()
