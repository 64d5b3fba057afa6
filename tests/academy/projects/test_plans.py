"""A person with a hundred thousand pictures opens "my work" as fast as one with ten."""

from academy.clock import now
from academy.db import db, transaction
from academy.projects import queries, reviewing
from academy.projects.models import Project, Review
from academy.projects.rules import UnitState
from tests import people
from tests.academy.projects.work import a_project, hand_in, take
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


def test_accepted_work_is_counted_in_the_books_and_not_row_by_row(app):
    labeler, reviewer, client = people.newcomer(), people.reviewer(), people.project_client()
    project_id = a_project(client)
    review_id = hand_in(take(project_id, labeler), labeler)
    hand_in(take(project_id, labeler), labeler)
    with transaction():
        reviewing.accept(db.session.get_one(Review, review_id), reviewer.id, now())
    project = db.session.get_one(Project, project_id)
    assert queries.own_work_in(labeler, project) == {UnitState.SUBMITTED: 1, UnitState.ACCEPTED: 1}
    assert queries.own_work_in(reviewer, project) == {}
