"""The same claim, the same save and the same pages with few rows and with many, on a real PostgreSQL, in one run.

Two databases are filled alike: a project with ROWS units of which most are done, their leases, submissions, reviews,
decisions, entries and records, and as many saved answers of old exams. One labeler of four hundred did a tenth of it
all; the pages are this person's. Then each thing is done in both, turn by turn, and the middle of the ratios counts.
A claim and a save are what the operation and its commit take; a page is a whole request, asked for twice before.

    python -m benchmarks.claims [--few 10000] [--many 300000] [--rounds 40]
"""

import argparse
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, insert, select, text

from academy.accounts.models import User
from academy.clock import now
from academy.db import Base, db, transaction
from academy.projects import operations as projects
from academy.projects.models import Project
from exams.sittings import operations as sittings
from exams.sittings.models import Sitting
from exams.sittings.operations import Incoming
from tests import people
from tests.academy.projects.work import a_project
from tests.engines import make_app, start_postgresql
from tests.exams.papers import SIZE, small_exam, start

LABELERS = 400
PAGES = ("/", "/projects", "/projects/1", "/my/work", "/my/earnings", "/my/record", "/reviews", "/exams")
BOX_ITEM = 3

# Unit `p` of `rows`: the first are accepted, then some wait for review, a few came back, the rest is free.
# Everything happened within the same thirty weeks, so only the number of rows differs. `who`: a tenth is one person's.
DONE = """
    CREATE UNLOGGED TABLE done AS
    SELECT p, :first_unit + p AS unit_id, :first_task + p AS task_id,
        CASE WHEN p % 10 = 0 THEN :heavy ELSE :first_labeler + p % :labelers END AS who,
        CASE WHEN p <= .80 * :rows THEN 'accepted' WHEN p <= .85 * :rows THEN 'submitted'
             WHEN p <= .85 * :rows + 100 THEN 'returned' ELSE 'waiting' END AS state,
        now() - interval '1 day' - interval '30 weeks' * (1 - p::float / :rows) AS at
    FROM generate_series(1, :rows) AS p"""
FILL = (
    """INSERT INTO task (id, task_set_id, position, media_id, source)
       SELECT task_id, :task_set, p + 10, :media, '' FROM done""",
    """INSERT INTO unit (id, project_id, task_id, position, state, since, labeler_id)
       SELECT unit_id, :project, task_id, p + 10, state, at, CASE WHEN state <> 'waiting' THEN who END FROM done""",
    "DELETE FROM done WHERE state = 'waiting'",
    """INSERT INTO lease (project_id, unit_id, labeler_id, taken_at, expires_at, ended_at, ending)
       SELECT :project, unit_id, who, at - interval '5 minutes', at + interval '1 hour', at, 'submitted' FROM done""",
    """INSERT INTO submission (id, unit_id, labeler_id, number, key, document, submitted_at)
       SELECT :first_unit + p, unit_id, who, 1, 'key-' || p, :drawing, at FROM done""",
    """INSERT INTO review (id, submission_id, project_id, labeler_id, requested_at, decided_at)
       SELECT :first_unit + p, :first_unit + p, :project, who, at,
              CASE WHEN state <> 'submitted' THEN at + interval '1 hour' END FROM done""",
    """INSERT INTO review_decision
              (review_id, unit_id, submission_id, labeler_id, reviewer_id, verdict, reason, note, pins, decided_at)
       SELECT :first_unit + p, unit_id, :first_unit + p, who, :reviewer, state,
              CASE WHEN state = 'returned' THEN 'loose' END, '', '[]', at + interval '1 hour'
       FROM done WHERE state <> 'submitted'""",
    """INSERT INTO ledger_account (name, kind, may_owe, balance)
       SELECT 'due:' || who, 'due', false, 100 * count(*) FROM done WHERE state = 'accepted' GROUP BY who""",
    """INSERT INTO entry (id, kind, cause, subject, about, week, at)
       SELECT 1000 + p, 'acceptance', 'unit-' || p, 'project:' || :project, :about, date_trunc('week', at)::date, at
       FROM done WHERE state = 'accepted'""",
    """INSERT INTO posting (id, entry_id, source_id, target_id, amount)
       SELECT 1000 + p, 1000 + p, :hold, account.id, 100
       FROM done JOIN ledger_account AS account ON account.name = 'due:' || who WHERE state = 'accepted'""",
    """INSERT INTO turnover (account_id, week, subject, about, came_in, went_out, pieces)
       SELECT account.id, date_trunc('week', at)::date, 'project:' || :project, :about, 100 * count(*), 0, count(*)
       FROM done JOIN ledger_account AS account ON account.name = 'due:' || who
       WHERE state = 'accepted' GROUP BY 1, 2""",
    """INSERT INTO record (user_id, kind, subject, data, at)
       SELECT who, 'work submitted', 'unit:' || unit_id, :about, at FROM done""",
    """UPDATE project_tally SET units = :rows + 1, accepted = (SELECT count(*) FROM done WHERE state = 'accepted'),
              in_review = (SELECT count(*) FROM done WHERE state = 'submitted'),
              returned = (SELECT count(*) FROM done WHERE state = 'returned') WHERE project_id = :project""",
    """INSERT INTO sitting (id, public_id, exam_id, candidate_id, started_at, deadline_at, closed_at, closed_reason)
       SELECT 1000 + s, 'old-' || s, :exam, :first_labeler + s % :labelers, now() - interval '9 days',
              now() - interval '8 days', now() - interval '8 days', 'time_over'
       FROM generate_series(1, :rows / 8) AS s""",
    """INSERT INTO paper_item (id, sitting_id, position, exam_item_id, gold_id, question_version_id, option_order)
       SELECT 10000 + 4 * s + position, 1000 + s, position, exam_item.id, gold_id, question_version_id, '[]'
       FROM generate_series(1, :rows / 8) AS s, exam_item WHERE exam_item.exam_id = :exam""",
    """INSERT INTO answer (paper_item_id, rev, answer, saved_at)
       SELECT id, 2, :drawing, now() - interval '8 days' FROM paper_item WHERE id >= 10000""",
    """INSERT INTO answer_event
              (sitting_id, paper_item_id, client_id, seq, base_rev, answer, outcome, rev, received_at)
       SELECT sitting_id, id, 'window', 10 * position + seq, seq - 1, :drawing, 'saved', seq, now() - interval '8 days'
       FROM paper_item, generate_series(1, 2) AS seq WHERE id >= 10000""",
    """INSERT INTO consent (user_id, purpose, subject, given, source, words_version, at)
       SELECT id, 'eighteen or older', '', true, 'page', '2026-11', now() FROM "user" WHERE id >= :first_labeler""",
    "DROP TABLE done",
)  # fmt: skip


class World(NamedTuple):
    """One filled database, with what is done in it."""

    rows: int
    app: Flask
    client: FlaskClient
    project: int
    sitting: int
    claimers: list[int]
    sizes: dict[str, int]


def drawing(number: int, boxes: int = 8) -> dict[str, Any]:
    objects = [{"id": str(place), "label": "cat", "box": [10 + place, number % 300, 40, 60]} for place in range(boxes)]
    return {"kind": "box", "image": SIZE, "objects": objects}


def build(rows: int, url: str, folder: Path, claims: int) -> World:
    folder.mkdir()
    app = make_app(folder, url)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        heavy, reviewer = people.reviewer(), people.instructor()
        project = a_project(people.project_client(), units=1)
        exam = small_exam(minutes=600)
        sitting = start(exam, people.candidate())
        with transaction():
            names = [{"public_id": f"labeler-{number}"} for number in range(LABELERS + claims)]
            ids = sorted(db.session.scalars(insert(User).returning(User.id), names))
        given = {
            "rows": rows, "labelers": LABELERS, "first_labeler": ids[0], "heavy": heavy.id, "reviewer": reviewer.id,
            "project": project, "exam": exam.id, "first_unit": 100, "first_task": 100,
            "drawing": json.dumps(drawing(1, boxes=2)), "about": json.dumps({"title": {"ko": "거리", "en": "Streets"}}),
        }  # fmt: skip
        client = people.sign_in(app.test_client(), heavy)
        sitting_id = db.session.scalars(select(Sitting.id).where(Sitting.public_id == sitting)).one()
        db.session.remove()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            fill(connection, given)
            sizes = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("unit", "answer_event")}
    return World(rows, app, client, project, sitting_id, ids[LABELERS:], sizes)


def fill(connection: Connection, given: dict[str, Any]) -> None:
    """Row by row as one copies them, without asking for each whether what it names exists."""
    connection.execute(text("SET session_replication_role = replica"))
    given["task_set"] = connection.scalar(text("SELECT task_set_id FROM project WHERE id = :project"), given)
    given["media"] = connection.scalar(text("SELECT max(id) FROM media"))
    given["hold"] = connection.scalar(text("SELECT id FROM ledger_account WHERE name = 'hold:' || :project"), given)
    for statement in (DONE, *FILL):
        named = {name: value for name, value in given.items() if f":{name}" in statement}
        connection.execute(text(statement), named)
    for table in ("task", "unit", "submission", "review", "entry", "posting", "sitting", "paper_item"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))"))
    connection.execute(text("SET session_replication_role = DEFAULT"))
    connection.execute(text("VACUUM ANALYZE"))
    connection.execute(text("CHECKPOINT"))


def claim(world: World, number: int) -> None:
    with transaction():
        projects.take_next(db.session.get_one(Project, world.project), world.claimers[number], now())


def save(world: World, number: int) -> None:
    with transaction():
        sitting = db.session.get_one(Sitting, world.sitting)
        told = sittings.save(sitting, "bench", [Incoming(BOX_ITEM, number + 1, number, drawing(number))], now())
    assert told == [{"item": BOX_ITEM, "rev": number + 1}], told


def page(address: str) -> Callable[[World, int], None]:
    def show(world: World, _number: int) -> None:
        answer = world.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    return show


def milliseconds(world: World, work: Callable[[World, int], None], number: int) -> float:
    with world.app.app_context():
        began = time.perf_counter()
        work(world, number)
        took = (time.perf_counter() - began) * 1000
        db.session.remove()
    return took


def compare(words: str, few: World, many: World, work: Callable[[World, int], None], rounds: int) -> None:
    """Turn by turn, changing who begins; a busy machine slows both alike."""
    times: dict[int, list[float]] = {few.rows: [], many.rows: []}
    for number in range(rounds + 2):
        for world in (few, many) if number % 2 else (many, few):
            times[world.rows].append(milliseconds(world, work, number))
    early, late = times[few.rows][2:], times[many.rows][2:]
    ratio = statistics.median(after / before for before, after in zip(early, late, strict=True))
    print(
        f"{words:22}{statistics.median(early):8.1f} ms {statistics.median(late):8.1f} ms   ratio {ratio:.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_postgresql(folder)
        admin = create_engine(address(server, "postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET max_wal_size = '8GB'"))
            connection.execute(text("SELECT pg_reload_conf()"))
        worlds = []
        try:
            for rows in (chosen.few, chosen.many):
                with admin.connect() as connection:
                    connection.execute(text(f"CREATE DATABASE rows_{rows}"))
                began = time.perf_counter()
                worlds.append(build(rows, address(server, f"rows_{rows}"), folder / str(rows), chosen.rounds + 2))
                print(f"{rows} units filled in {time.perf_counter() - began:.0f} s: {worlds[-1].sizes}", flush=True)
            compare("claim the next unit", *worlds, claim, chosen.rounds)
            compare("save an answer", *worlds, save, chosen.rounds)
            for place in PAGES:
                compare(place, *worlds, page(place), chosen.rounds // 2)
        finally:
            for world in worlds:
                with world.app.app_context():
                    db.engine.dispose()
            admin.dispose()
            server.cleanup()


def address(server: Any, database: str) -> str:
    return str(server.get_uri(database)).replace("postgresql://", "postgresql+psycopg://")


if __name__ == "__main__":
    main()
