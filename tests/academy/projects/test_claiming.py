"""A unit is held by one person at a time, and comes back when it is not done."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from academy.accounts import consents
from academy.accounts import operations as accounts
from academy.accounts.consents import Purpose
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Forbidden
from academy.jobs import do_minute_work
from academy.projects import operations, reviewing
from academy.projects.models import Lease, Project, Review, Unit
from academy.projects.rules import LeaseEnding, Reason, UnitState
from tests import people
from tests.academy.projects.work import a_project, give_badge, hand_in, take
from tests.courses.practice.pictures import practice
from tests.engines import both_engines

RACERS, CLAIMS = 10, 20


@both_engines
def test_two_hundred_racing_claims_hold_each_unit_once(app):
    project_id = a_project(people.project_client(), RACERS * CLAIMS)
    with transaction():
        user_ids = [
            accounts.sign_up(f"racer {number}", people.PASSWORD, None, "ko", now()).id for number in range(RACERS)
        ]
        for racer in user_ids:
            consents.say(racer, Purpose.ADULT, True, now())
    got: list[int] = []
    problems: list[BaseException] = []
    together = threading.Barrier(RACERS)

    def race(user_id: int) -> None:
        with app.app_context():
            together.wait()
            try:
                for _ in range(CLAIMS):
                    with transaction():
                        lease = operations.take_next(db.session.get_one(Project, project_id), user_id, now())
                        unit = db.session.get_one(Unit, lease.unit_id)
                    got.append(lease.unit_id)
                    with transaction():
                        unit = db.session.get_one(Unit, lease.unit_id)
                        operations.hand_in(unit, user_id, {"objects": []}, f"race-{unit.id}", now())
            except BaseException as problem:
                problems.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race, args=(user_id,)) for user_id in user_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert problems == []
    assert sorted(got) == sorted(set(got))
    assert len(got) == RACERS * CLAIMS
    assert db.session.scalar(select(func.count()).select_from(Unit).where(Unit.state != UnitState.SUBMITTED)) == 0
    project = db.session.get_one(Project, project_id)
    assert project.tally.in_review == RACERS * CLAIMS


@both_engines
def test_one_person_clicking_everywhere_at_once_holds_one_unit(app):
    project_id = a_project(people.project_client(), 10)
    me = people.newcomer().id
    got: list[int] = []
    problems: list[BaseException] = []
    together = threading.Barrier(6)

    def click() -> None:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    got.append(operations.take_next(db.session.get_one(Project, project_id), me, now()).unit_id)
            except BaseException as problem:
                problems.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(got)) == 1


@both_engines
def test_a_second_click_gives_the_same_unit(app):
    project_id, me = a_project(people.project_client()), people.newcomer()
    assert take(project_id, me) == take(project_id, me)


@both_engines
def test_units_go_out_in_order_and_run_out(app):
    project_id = a_project(people.project_client(), 2)
    first, second = people.newcomer(), people.candidate()
    assert take(project_id, first) < take(project_id, second)
    with pytest.raises(operations.NothingLeft):
        take(project_id, people.outsider())


@both_engines
def test_what_is_skipped_goes_to_somebody_else(app):
    project_id, me, other = a_project(people.project_client(), 2), people.newcomer(), people.candidate()
    unit_id = take(project_id, me)
    with transaction():
        operations.skip(db.session.get_one(Unit, unit_id), me.id, now())
    assert take(project_id, me) != unit_id
    assert take(project_id, other) == unit_id


@both_engines
def test_a_hold_that_runs_out_gives_the_unit_to_the_next_person(app):
    project_id, me, other = a_project(people.project_client(), 1), people.newcomer(), people.candidate()
    unit_id = take(project_id, me)
    with transaction():
        project = db.session.get_one(Project, project_id)
        later = now() + timedelta(minutes=project.lease_minutes + 1)
        assert operations.take_next(project, other.id, later).unit_id == unit_id
    endings = list(db.session.scalars(select(Lease.ending).order_by(Lease.id)))
    assert endings == [LeaseEnding.EXPIRED, None]
    with pytest.raises(operations.LeaseLost):
        hand_in(unit_id, me)


@both_engines
def test_work_that_is_late_counts_as_long_as_nobody_took_the_unit(app):
    project_id, me = a_project(people.project_client(), 1), people.newcomer()
    unit_id = take(project_id, me)
    with transaction():
        assert operations.end_overdue_leases(now() + timedelta(days=1)) == 1
    hand_in(unit_id, me)
    assert db.session.get_one(Unit, unit_id).state is UnitState.SUBMITTED


@both_engines
def test_nobody_labels_what_they_reviewed(app):
    project_id, me, reviewer = a_project(people.project_client(), 1), people.newcomer(), people.reviewer()
    review_id = hand_in(take(project_id, me), me)
    with transaction():
        reviewing.send_back(db.session.get_one(Review, review_id), reviewer.id, Reason.MISSED, "", now())
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        do_minute_work()
    with pytest.raises(operations.NothingLeft):
        take(project_id, reviewer)
    take(project_id, people.candidate())


@both_engines
def test_nobody_gets_again_what_they_labelled_after_their_time(app):
    project_id, me, reviewer = a_project(people.project_client(), 1), people.newcomer(), people.reviewer()
    unit_id = take(project_id, me)
    with transaction():
        operations.end_overdue_leases(now() + timedelta(days=1))
    review_id = hand_in(unit_id, me)
    with transaction():
        reviewing.send_back(db.session.get_one(Review, review_id), reviewer.id, Reason.MISSED, "", now())
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        do_minute_work()
    with pytest.raises(operations.NothingLeft):
        take(project_id, me)


@both_engines
def test_a_client_does_not_work_for_themselves(app):
    client = people.project_client()
    with pytest.raises(Forbidden):
        take(a_project(client), client)


@both_engines
def test_a_badge_opens_the_project(app):
    project_id, me = a_project(people.project_client(), badge="sharp-eye"), people.newcomer()
    with pytest.raises(Forbidden) as refused:
        take(project_id, me)
    assert len(refused.value.missing) == 1
    give_badge(me)
    assert take(project_id, me)


@both_engines
def test_pictures_whose_gold_practice_shows_are_no_paid_work(app):
    task_set, _tasks = practice()
    client, title = people.project_client(), {"ko": "자동차", "en": "Cars"}
    with pytest.raises(operations.NotForWork), transaction():
        operations.bring_project(
            "open", client.id, task_set, title=title, summary=title, price=100, seconds_per_unit=20, now=now()
        )
