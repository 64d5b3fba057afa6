"""What every save asks of the database is answered from an index, however many sittings there are."""

import pytest

from academy.clock import now
from academy.db import db, transaction
from exams.results import queries as results
from exams.sittings import operations
from tests import people
from tests.exams.papers import RIGHT, save, small_exam, start, statements


@pytest.fixture
def plans(app, client):
    """A function: the plans of everything that an act asks, without the small tables of the exam itself."""

    def plan(act):
        with statements() as seen:
            act()
        with db.engine.connect() as connection:
            told = []
            for statement in seen:
                if statement.startswith(("SELECT", "UPDATE")):
                    values = {str(n): None for n in range(statement.count("?"))}
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(values.values()))
                    told += [row[3] for row in rows]
        return told

    return plan


GROWING = ("sitting", "paper_item", "answer", "answer_event", "result", "award")


def scans(told):
    return [line for line in told if line.startswith("SCAN") and line.split()[1] in GROWING]


def test_saving_scans_no_table_that_grows(client, plans):
    candidate = people.candidate()
    people.sign_in(client, candidate)
    public_id = start(small_exam(), candidate)
    told = plans(lambda: save(client, public_id, *((item, item, 0, answer) for item, answer in RIGHT.items())))
    assert any("answer_event" in line for line in told)
    assert scans(told) == []


def test_the_paper_scans_no_table_that_grows(client, plans):
    candidate = people.candidate()
    people.sign_in(client, candidate)
    public_id = start(small_exam(), candidate)
    assert scans(plans(lambda: client.get(people.path("exams.sittings.paper", public_id=public_id)))) == []


def test_looking_for_due_sittings_uses_an_index(app, plans):
    def close():
        with transaction():
            operations.close_due(now())

    assert scans(plans(close)) == []


def test_looking_for_unmarked_sittings_uses_an_index(app, plans):
    assert scans(plans(lambda: results.unmarked(now(), 100))) == []
