"""A storm of requests that cost us much is stopped; a class of a hundred behind one address is not."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from academy import limits
from academy.clock import now
from academy.db import db, transaction
from academy.errors import TooMany
from academy.limits import Limit, LimitUse
from courses.practice import views as practice_views
from tests.courses.practice.pictures import PERFECT, key, practice
from tests.engines import both_engines
from tests.people import path, person, sign_in

FEW = Limit("a test", 3, timedelta(minutes=10))
CLOSELY = Limit("a closer test", 3, timedelta(minutes=10), slices=10)


def use(limit, *who, at=None, times=1):
    for _ in range(times):
        with transaction():
            limits.spend(limit, *who, at=at or now())


def refused(limit, *who, at=None) -> bool:
    try:
        use(limit, *who, at=at)
    except TooMany:
        return True
    return False


@both_engines
def test_the_fourth_of_three_is_refused_and_not_counted(app):
    use(FEW, "me", times=3)
    assert refused(FEW, "me")
    assert limits.used(FEW, "me", at=now()) == 3
    assert not refused(FEW, "you")


@both_engines
@pytest.mark.parametrize("limit", [FEW, CLOSELY])
def test_after_the_time_that_was_told_everything_is_as_at_the_beginning(app, limit):
    at = now()
    use(limit, "me", at=at, times=3)
    with pytest.raises(TooMany) as told:
        use(limit, "me", at=at)
    wait = told.value.retry_after
    assert 0 < wait <= 600
    assert not refused(limit, "me", at=at + timedelta(seconds=wait + 1))


@both_engines
def test_uses_spread_over_slices_are_added_up(app):
    at = now()
    for minute in range(3):
        use(CLOSELY, "me", at=at + timedelta(minutes=minute))
    assert refused(CLOSELY, "me", at=at + timedelta(minutes=3))
    assert not refused(CLOSELY, "me", at=at + timedelta(minutes=10))


@both_engines
def test_of_many_at_the_same_moment_only_the_allowed_number_gets_through(app):
    came, together = [], threading.Barrier(8)

    def come() -> None:
        with app.app_context():
            together.wait()
            came.append(not refused(FEW, "me"))
            db.session.remove()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(came) == 3


@both_engines
def test_the_table_tells_neither_who_nor_what_and_keeps_nothing_that_counts_no_more(app):
    use(FEW, "network", "192.0.2.7")
    use(FEW, "김영희", at=now() - timedelta(hours=1))
    kept = db.session.scalars(select(LimitUse)).all()
    assert len(kept) == 2
    assert all(len(row.key) == 32 and int(row.key, 16) >= 0 and row.family == "" for row in kept)
    limits.prune()
    assert db.session.scalar(select(func.count()).select_from(LimitUse)) == 1
    assert limits.used(FEW, "network", "192.0.2.7", at=now()) == 1


@both_engines
def test_different_ones_of_a_family_are_counted_once_each(app):
    with transaction():
        for name in ("a", "b", "a"):
            limits.count(CLOSELY, name, at=now(), family=("home",))
        limits.count(CLOSELY, "c", at=now(), family=("elsewhere",))
    assert limits.different(CLOSELY, "home", at=now()) == 2


@both_engines
def test_what_was_passed_is_forgotten_for_this_one_only(app):
    use(FEW, "me", times=3)
    use(FEW, "you", times=3)
    with transaction():
        limits.forget(FEW, "me")
    assert not refused(FEW, "me")
    assert refused(FEW, "you")


@pytest.fixture
def small(monkeypatch):
    """Numbers with which a storm takes no minute."""
    monkeypatch.setattr(limits, "STORM", timedelta(minutes=10))
    real = limits.Limit
    monkeypatch.setattr(limits, "Limit", lambda name, most, within: real(name, 5, within))


PUBLIC = ("academy.accounts.sign_up", "academy.credentials.check", "courses.practice.try_submit")


@pytest.mark.parametrize("endpoint", PUBLIC)
def test_a_storm_from_one_network_is_asked_to_pause(client, small, endpoint):
    # The body is fit for none of them, so that counting is all there is to wait for.
    answers = [client.post(path(endpoint)) for _ in range(6)]
    assert 429 not in [answer.status_code for answer in answers[:5]]
    assert answers[5].status_code == 429
    assert 0 < int(answers[5].headers["Retry-After"]) <= 600
    elsewhere = client.post(path(endpoint), environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code != 429
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1), tick=False):
        assert client.post(path(endpoint)).status_code != 429


def test_whoever_signed_in_does_not_pay_for_the_storm_of_a_stranger_beside_them(app, client, small):
    address = path("academy.credentials.check")
    assert [client.post(address).status_code for _ in range(6)][-1] == 429
    learner = sign_in(app.test_client(), person("calm"))
    assert learner.post(address).status_code == 422


def test_looking_is_not_counted(client, small):
    assert {client.get(path("academy.accounts.sign_up")).status_code for _ in range(8)} == {200}
    assert db.session.scalar(select(func.count()).select_from(LimitUse)) == 0


@both_engines
def test_one_person_can_not_fill_the_disk_with_answers_and_others_are_not_held_up(app, monkeypatch):
    monkeypatch.setattr(practice_views, "TRIES", Limit("pictures handed in", 2, timedelta(minutes=10)))
    task_set, [task, _other] = practice()
    address = path("courses.practice.submit", set_slug=task_set.slug, task_id=task.id)
    busy, calm = (sign_in(app.test_client(), person(name)) for name in ("busy", "calm"))

    def hand_in(client, number):
        return client.post(address, json={"document": PERFECT}, headers={"Idempotency-Key": key(number)}).status_code

    assert [hand_in(busy, number) for number in range(3)] == [200, 200, 429]
    assert hand_in(calm, 1) == 200
