"""A zip with all we keep about one person, written from the inventory: tables as JSON, drawings as pictures."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Boolean, ColumnElement, Connection, DateTime, Enum, Row, Table, select
from sqlalchemy.types import TypeDecorator

from academy.config import settings
from academy.db import db
from academy.i18n import LANGUAGES, _, force_locale, moment
from academy.privacy.finding import acted_on, key_of, mine, person_columns, same_person, table_of
from academy.privacy.rules import INVENTORY, Kept
from academy.privacy.words import GROUP_WORDS, TABLE_WORDS, how_long_kept

YOU, SOMEBODY = "you", "somebody else"
DRAWINGS: Mapping[str, str] = {"attempt": "practice", "submission": "work"}
"""Tables whose rows hold a drawing, and what their pictures are called."""
PIECE = 500


def write_export(target: Path, user_id: int, at: datetime, progress: Callable[[int, int], None]) -> None:
    """Write the zip. All tables are read at one moment; nothing of anybody else is in it."""
    total = len(INVENTORY) + 1
    with _one_moment() as connection, ZipFile(target, "w", ZIP_DEFLATED) as zipped:
        for done, kept in enumerate(INVENTORY):
            progress(done, total)
            _write_table(zipped, connection, kept, user_id)
    # The words come last: what counts as "now" in them is the moment in which the rows were read.
    with ZipFile(target, "a", ZIP_DEFLATED) as zipped:
        for language in LANGUAGES:
            with force_locale(language):
                zipped.writestr(f"README.{language}.txt", read_me(at))
    progress(total, total)


@contextmanager
def _one_moment() -> Iterator[Connection]:
    """A connection of its own, so that progress can be written meanwhile, that sees one moment of the database."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.rollback()


def _write_table(zipped: ZipFile, connection: Connection, kept: Kept, user_id: int) -> None:
    with zipped.open(f"{kept.group.value}/{kept.table}.json", "w") as file:
        file.write(b'{"yours": [')
        drawings = _write_rows(file, connection, kept, mine(kept, user_id), user_id, whole=True)
        file.write(b'],\n"you_acted_on": [')
        if kept.others:
            _write_rows(file, connection, kept, acted_on(kept, user_id), user_id, whole=False)
        file.write(b"]}\n")
    for name, picture in drawings:
        zipped.writestr(name, picture)


def _write_rows(
    file: Any, connection: Connection, kept: Kept, whose: ColumnElement[bool], user_id: int, *, whole: bool
) -> list[tuple[str, str]]:
    """Rows as JSON, one a line; answers the drawings in them as pictures."""
    table = table_of(kept.table)
    columns = [column for column in table.columns if whole or _tells_nothing_of_others(column.type, column.name, table)]
    rows = connection.execute(select(*columns).where(whose).order_by(key_of(table)).execution_options(yield_per=PIECE))
    drawings = []
    numbers = same_person(user_id)
    for number, row in enumerate(rows):
        shown = _shown(row, kept, numbers)
        file.write((",\n" if number else "\n").encode() + json.dumps(shown, ensure_ascii=False).encode())
        if whole and kept.table in DRAWINGS:
            picture = drawn(row._mapping["document"])
            if picture:
                drawings.append((f"drawings/{DRAWINGS[kept.table]}-{row._mapping['id']}.svg", picture))
    return drawings


def _tells_nothing_of_others(kind: Any, name: str, table: Table) -> bool:
    """Of rows about others, only when and what kind of thing was done, and that it was you."""
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    return (
        isinstance(plain, DateTime | Enum | Boolean)
        or name in person_columns(table.name)
        or name in {"act", key_of(table).name}
    )


def _shown(row: Row[Any], kept: Kept, numbers: Sequence[int]) -> dict[str, Any]:
    people = person_columns(kept.table)
    return {
        name: _person(value, numbers) if name in people else _plain(value)
        for name, value in row._mapping.items()
        if name not in kept.secrets
    }


def _person(number: int | None, numbers: Sequence[int]) -> str | None:
    return None if number is None else YOU if number in numbers else SOMEBODY


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


# Drawings ----------------------------------------------------------------------------------------------------------


def drawn(document: Any) -> str | None:
    """A drawing as a picture that every browser opens: the shapes alone, in the size of the labelled picture."""
    if not isinstance(document, Mapping) or document.get("kind") != "box":
        return None
    size = document.get("image", {})
    width, height = int(size.get("width", 0)), int(size.get("height", 0))
    shapes = [_box(thing) for thing in document.get("objects", ()) if len(thing.get("box", ())) == 4]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#fff" stroke="#999"/>{"".join(shapes)}</svg>\n'
    )


def _box(thing: Mapping[str, Any]) -> str:
    left, top, wide, high = (float(number) for number in thing["box"])
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" fill="none" stroke="#0c6664" '
        f'stroke-width="3"/><text x="{left + 4:g}" y="{top + 16:g}" font-size="14">{escape(str(thing["label"]))}</text>'
    )


# What it is --------------------------------------------------------------------------------------------------------


def read_me(at: datetime) -> str:
    """What lies in the zip, in the language that is spoken now."""
    lines = [
        _("Your data at Labeler Academy"),
        "",
        _("This is everything we keep about you, as it was on %(moment)s.", moment=moment(at)),
        _("Each file holds one table. `yours` are your rows; `you_acted_on` says when you did something for somebody."),
        _("Other people are not named in it. Passwords, keys and secret codes are not in it either."),
        _("The folder `drawings` holds the boxes you drew, as pictures."),
        _("Keep this file to yourself: it says a lot about you."),
    ]
    for group, (title, reason) in GROUP_WORDS.items():
        parts = [kept for kept in INVENTORY if kept.group is group]
        lines += ["", f"## {title}", str(reason)]
        lines += [f"- {group.value}/{kept.table}.json: {_about(kept)}" for kept in parts]
    return "\n".join(lines) + "\n"


def _about(kept: Kept) -> str:
    return f"{TABLE_WORDS[kept.table]} ({how_long_kept(kept, settings().retention)})"
