"""The first page: for a stranger what this is, for a signed-in person what comes next. Knows every room."""

from flask import Flask, render_template
from flask_login import current_user

def init_app(app: Flask) -> None:
    app.add_url_rule("/", endpoint="home", view_func=index)


def index() -> str:
    """The promise in one minute, or the person's desk."""
    if current_user.is_authenticated:
        return render_template("desk.html")
    return render_template("home.html")
