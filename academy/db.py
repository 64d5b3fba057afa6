"""The one way to the database: base class, column types, transactions and pages by key.

Reading begins deferred and never takes the write lock. Changing happens inside `transaction()`, which takes it at
once: a snapshot that upgrades itself fails or loses updates on SQLite. Both engines are equal citizens.
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar, cast

from flask import abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    Text,
    Update,
    event,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Session,
    declared_attr,
    mapped_column,
    registry,
)
from sqlalchemy.types import TypeDecorator

from academy.appending import NEVER, postgresql_guard, sqlite_guard

T = TypeVar("T")
M = TypeVar("M", bound="type[Base]")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused; SQLite keeps UTC without a zone and gets it back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs its time zone: use academy.clock.now().")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonColumn = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BigKey = BigInteger().with_variant(Integer, "sqlite")

pk = Annotated[int, mapped_column(BigKey, primary_key=True)]
user_fk = Annotated[int, mapped_column(BigKey, ForeignKey("user.id"), index=True)]
Localized = Annotated[dict[str, str], mapped_column(JsonColumn)]
JsonDict = Annotated[dict[str, Any], mapped_column(JsonColumn)]


class Base(DeclarativeBase):
    """What every model is made of. Tables are named after their class: `AttendanceEvent` is `attendance_event`."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            str: Text,
            int: BigInteger().with_variant(Integer, "sqlite"),
            dict[str, Any]: JsonColumn,
            dict[str, str]: JsonColumn,
            list[str]: JsonColumn,
            list[Any]: JsonColumn,
        },
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def enum_column(kind: type[StrEnum], **options: Any) -> Any:
    """A column that keeps the values of `kind` and lets the database refuse any other."""
    column_type = Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=40,
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(),
    )
    return mapped_column(column_type, **options)


# Transactions ------------------------------------------------------------------------------------------------------

_WRITING = "academy.writing"
_AFTER_COMMIT = "academy.after_commit"


class ChangeOutsideTransaction(RuntimeError):
    """Code tried to change rows without `transaction()`: a mistake of ours, found in tests."""


_line_of_writers = threading.Lock()


@contextmanager
def _turn_to_write(dialect: str) -> Iterator[None]:
    """SQLite has one writer, and those who wait for it look again at growing intervals: under load the unlucky wait for
    seconds. Within a process they stand in line instead. Who waits too long here goes on to wait there."""
    in_line = dialect == "sqlite" and _line_of_writers.acquire(timeout=10)
    try:
        yield
    finally:
        if in_line:
            _line_of_writers.release()


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is kept, or nothing is.

    Ends the snapshot this request has been reading from and takes the write lock, so what will be changed must be
    fetched and checked inside. Callbacks given to `after_commit` run once the changes are durable. Not nestable: an
    operation never opens one, its caller does.
    """
    session = cast(Session, db.session())
    if session.info.get(_WRITING):
        raise RuntimeError("transaction() can not be nested: open it in the view, the job or the command.")
    session.rollback()
    session.expire_all()
    session.info[_WRITING] = True
    session.info[_AFTER_COMMIT] = []
    try:
        with _turn_to_write(session.get_bind().dialect.name):
            session.connection(execution_options={"academy_immediate": True})
            yield session
            session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_WRITING] = False
    for callback in session.info.pop(_AFTER_COMMIT):
        callback()


def after_commit(callback: Callable[[], object]) -> None:
    """Run `callback` once the current `transaction()` has been committed; never if it is rolled back."""
    session = cast(Session, db.session())
    if not session.info.get(_WRITING):
        raise ChangeOutsideTransaction("after_commit() needs a transaction().")
    session.info[_AFTER_COMMIT].append(callback)


def for_change(query: Select[Any]) -> Select[Any]:
    """The rows of `query`, held until the transaction ends. SQLite, where one writer writes at a time, ignores it."""
    return query.with_for_update()


def guarded(statement: Update) -> int:
    """Run an `UPDATE ... WHERE` and tell how many rows it changed: 0 means that somebody was faster."""
    result = db.session.execute(statement.execution_options(synchronize_session="fetch"))
    return cast("CursorResult[Any]", result).rowcount


def one_or_404(query: Select[T]) -> T:
    """The one row, or the page that does not exist: you can not hold what you may not see."""
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        abort(404)
    return found


# Pages by key ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the key after which the next page begins (None at the end)."""

    rows: Sequence[T]
    next: str | None


def page_by_key(query: Select[T], *columns: InstrumentedAttribute[Any], after: str | None, size: int = 20) -> Page[T]:
    """One page of `query`, newest first.

    `columns` order the list, all descending, the last one unique. A page costs the same wherever it lies, which OFFSET
    can not promise. A key that can not be read starts at the beginning.
    """
    keys = _read_key(after, [_python_type(column) for column in columns])
    if keys is not None:
        query = query.where(tuple_(*columns) < tuple_(*keys))
    query = query.order_by(None).order_by(*(column.desc() for column in columns)).limit(size + 1)
    rows = db.session.execute(query).unique().scalars().all()
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _write_key([getattr(rows[-1], column.key) for column in columns]) if more else None)


def _write_key(values: Sequence[Any]) -> str:
    plain = [{"t": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _python_type(column: InstrumentedAttribute[Any]) -> type:
    return datetime if isinstance(column.type, UtcDateTime) else cast(type, column.type.python_type)


def _read_key(key: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The values in a key, one of each kind; None if anybody but us wrote it."""
    if not key or len(key) > 400:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        return [_read_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _read_value(value: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value["t"])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if type(value) is not kind:
        raise TypeError(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(value)
    if isinstance(value, str) and "\0" in value:
        raise ValueError(value)
    return value


# What the database refuses -----------------------------------------------------------------------------------------


_ddl: Callable[[str], Any] = DDL  # typed: SQLAlchemy leaves it untyped


def append_only(model: M) -> M:
    """Class decorator: the database itself refuses to change or delete a row. Corrections are new rows.

    A model says with `__forgetting__` how far it may forget (see academy/appending.py).
    """
    table, forgetting = model.__table__, getattr(model, "__forgetting__", NEVER)
    columns = tuple(column.name for column in table.columns)
    for act in ("UPDATE", "DELETE"):
        guard = _ddl(_plain(sqlite_guard(model.__tablename__, act, forgetting, columns))).execute_if(dialect="sqlite")
        event.listen(table, "after_create", guard)
    for statement in postgresql_guard(model.__tablename__, forgetting):
        event.listen(table, "after_create", _ddl(_plain(statement)).execute_if(dialect="postgresql"))
    APPEND_ONLY.add(model.__tablename__)
    return model


APPEND_ONLY: set[str] = set()
"""Names of the tables that refuse change, for migrations and the test that tries."""


def _plain(statement: str) -> str:
    return statement.replace("%", "%%")


# Engines -----------------------------------------------------------------------------------------------------------


def prepare_engine(engine: Engine) -> None:
    """Durability and locking of a new engine; called once by create_app."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "handle_error", _forget_values)


def _forget_values(context: Any) -> None:
    """PostgreSQL repeats what it was given: "Key (name)=(...) already exists", "Failing row contains (...)". Errors are
    logged and kept beside failed jobs, so only what it says about tables and constraints stays in them."""
    diagnosis = getattr(context.original_exception, "diag", None)
    if diagnosis is None or diagnosis.sqlstate is None:
        return
    # Errors of class 22 (data exceptions) hold the value in their first sentence too.
    words = "a value did not fit" if diagnosis.sqlstate.startswith("22") else diagnosis.message_primary
    told = f"{words} ({diagnosis.sqlstate})"
    context.original_exception.args = (told,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"{type(context.original_exception).__name__}: {told}",)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin before the first write only and lose updates; ours are explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    for name, value in wanted.items():
        cursor.execute(f"PRAGMA {name}={value}")
        took = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if str(took).lower() != str(value):
            raise RuntimeError(f"SQLite did not accept {name}={value} (it answers {took}): answers could be lost.")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("academy_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@event.listens_for(Session, "before_flush")
def _refuse_change_outside(session: Session, *_: Any) -> None:
    if not session.info.get(_WRITING):
        raise ChangeOutsideTransaction("Rows were changed outside transaction().")
