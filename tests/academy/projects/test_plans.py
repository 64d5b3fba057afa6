"""A person with a hundred thousand pictures opens "my work" as fast as one with ten."""

from academy.clock import now
from academy.db import db
from academy.projects import queries
from tests import people
from tests.exams.papers import statements


def plan(statement: str) -> list[str]:
    nothing = (None,) * statement.count("?")
    with db.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing)]


def test_work_handed_in_comes_sorted_from_an_index(app):
    labeler = people.newcomer()
    with statements() as seen:
        queries.units_handed_in(labeler, after=None)
    (asked,) = [statement for statement in seen if "FROM unit" in statement]
    told = plan(asked)
    assert any("ix_unit_labeler_time" in line for line in told)
    assert not any("TEMP B-TREE" in line for line in told)


def test_the_desk_looks_at_open_reviews_only(app):
    reviewer = people.reviewer()
    with statements() as seen:
        queries.review_queue(reviewer, now(), fixed_for_me=False)
    (asked,) = [statement for statement in seen if "FROM review" in statement]
    assert any("ix_review_queue" in line for line in plan(asked))
