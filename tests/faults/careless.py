"""The application with a database that answers before its rows are safe: what the power cuts must be able to find."""

from typing import Any

from sqlalchemy import event

from academy.app import create_app
from academy.db import db

app = create_app()


def _promise_too_early(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    sqlite = type(connection).__module__.startswith("sqlite3")
    cursor.execute("PRAGMA synchronous=OFF" if sqlite else "SET synchronous_commit = off")
    cursor.close()
    connection.commit()


with app.app_context():
    db.engine.dispose()
    event.listen(db.engine, "connect", _promise_too_early)
