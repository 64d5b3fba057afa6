"""What a new installation is given: two projects, paid for, with gold that nothing tells apart."""

import pytest
from sqlalchemy import func, select

from academy.annotation.models import Gold, Task
from academy.clock import now
from academy.db import db, transaction
from academy.ledger import queries as ledger
from academy.ledger.rules import hold_account
from academy.projects import starter
from academy.projects.models import Project, Unit
from academy.projects.rules import PAY_FLOOR_PER_HOUR, ProjectState, pay_per_hour
from tests import people
from tests.engines import both_engines

pytestmark = pytest.mark.starter


@both_engines
def test_both_projects_run_and_can_be_paid_to_the_last_unit(app):
    projects = db.session.scalars(select(Project).order_by(Project.id)).all()
    assert [project.slug for project in projects] == ["park-scenes", "busy-streets"]
    for project in projects:
        assert project.state is ProjectState.OPEN
        assert project.tally.units >= 12
        assert ledger.balance(hold_account(project.id)) == project.price * project.tally.units
        assert pay_per_hour(project.price, project.seconds_per_unit) >= PAY_FLOOR_PER_HOUR
    opened, locked = projects
    assert opened.requirements == []
    assert [need.badge for need in locked.requirements] == ["level-2-mock"]
    assert locked.price > opened.price
    assert ledger.check_books().right


def test_loading_again_changes_nothing(app):
    before = db.session.scalar(select(func.count()).select_from(Unit))
    with transaction():
        starter.load(now())
    assert db.session.scalar(select(func.count()).select_from(Unit)) == before


def test_some_pictures_have_gold_and_some_have_none(app):
    tasks = select(Unit.task_id)
    with_gold = db.session.scalar(select(func.count()).select_from(Gold).where(Gold.task_id.in_(tasks)))
    assert 0 < with_gold < db.session.scalar(select(func.count()).select_from(Task).where(Task.id.in_(tasks)))


def test_what_opens_the_locked_project_is_an_address_that_exists(client):
    people.sign_in(client, people.outsider())
    assert client.get(starter.EARN_PATH).status_code == 200
    assert starter.EARN_PATH in client.get("/projects").get_data(as_text=True)
