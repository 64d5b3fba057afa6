"""What an append-only table refuses, as triggers in SQL. Pure: names in, statements out.

Nothing in such a table is ever changed or deleted, with two exceptions that the law on personal data asks for. Both
need a mark in `retention_mark`, which the job that forgets sets and takes away again in the same transaction:

- a row may go when it is older than the moment in the mark of its table;
- words that people wrote may give way to `ERASED`, and nothing else of the row may change with them.
"""

from dataclasses import dataclass

ERASED = "—"
"""What stands where somebody's words stood before they were erased."""

DELETING, BLANKING = "delete", "blank"


@dataclass(frozen=True, slots=True)
class Forgetting:
    """How far a table may forget: `since` is the moment of the row `OLD` in SQL, `texts` what people wrote in it."""

    since: str = ""
    texts: tuple[str, ...] = ()


NEVER = Forgetting()


def _marked(table: str, act: str, condition: str = "") -> str:
    also = f" AND {condition}" if condition else ""
    return f"EXISTS (SELECT 1 FROM retention_mark AS mark WHERE mark.name = '{table}' AND mark.act = '{act}'{also})"  # noqa: S608 (our own names)


def _may_go(table: str, forgetting: Forgetting) -> str:
    return _marked(table, DELETING, f"{forgetting.since} < mark.before")


def _erased_or_same(text: str) -> str:
    return f'(NEW."{text}" = \'{ERASED}\' OR NEW."{text}" IS NOT DISTINCT FROM OLD."{text}")'


def sqlite_guard(table: str, act: str, forgetting: Forgetting = NEVER, columns: tuple[str, ...] = ()) -> str:
    """The trigger that makes SQLite refuse an `act` (UPDATE or DELETE); `columns` are all columns of the table."""
    allowed = ""
    if act == "DELETE" and forgetting.since:
        allowed = _may_go(table, forgetting)
    if act == "UPDATE" and forgetting.texts:
        same = [f'NEW."{name}" IS OLD."{name}"' for name in sorted(columns) if name not in forgetting.texts]
        erased = [_erased_or_same(text).replace("IS NOT DISTINCT FROM", "IS") for text in forgetting.texts]
        allowed = " AND ".join([_marked(table, BLANKING), *erased, *same])
    unless = f"WHEN NOT ({allowed}) " if allowed else ""
    return (
        f'CREATE TRIGGER "{table}_no_{act.lower()}" BEFORE {act} ON "{table}" {unless}'
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def postgresql_guard(table: str, forgetting: Forgetting = NEVER) -> tuple[str, str]:
    """The statements that make a PostgreSQL table append-only."""
    return (
        f'CREATE OR REPLACE FUNCTION "{table}_refuse"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN {_postgresql_exceptions(table, forgetting)}RAISE EXCEPTION '{table} is append-only'; END $$",
        f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "{table}_refuse"()',
    )


def _postgresql_exceptions(table: str, forgetting: Forgetting) -> str:
    exceptions = ""
    if forgetting.since:
        exceptions += f"IF TG_OP = 'DELETE' THEN IF {_may_go(table, forgetting)} THEN RETURN OLD; END IF; END IF; "
    if forgetting.texts:
        names = ", ".join(f"'{text}'" for text in forgetting.texts)
        rest = f"to_jsonb(NEW) - ARRAY[{names}] = to_jsonb(OLD) - ARRAY[{names}]"
        erased = " AND ".join(_erased_or_same(text) for text in forgetting.texts)
        allowed = f"{_marked(table, BLANKING)} AND {erased} AND {rest}"
        exceptions += f"IF TG_OP = 'UPDATE' THEN IF {allowed} THEN RETURN NEW; END IF; END IF; "
    return exceptions
