"""Background work is done once, after the commit, and survives whatever ends the process."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from academy import jobs
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import Job, JobState, request_job
from tests.engines import both_engines
from tests.people import newcomer, operator, outsider, sign_in

done_work: list[Any] = []


@jobs.job("tests.note")
def note(handle: jobs.JobHandle, word: str) -> None:
    handle.progress(1, 1)
    done_work.append(word)


@jobs.job("tests.fail")
def fail(handle: jobs.JobHandle) -> None:
    raise ZeroDivisionError("as it must")


@pytest.fixture(autouse=True)
def nothing_done():
    done_work.clear()


@pytest.fixture
def later(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Work waits for a worker; the list holds what rang."""
    rang: list[int] = []
    chosen = app.extensions["academy.settings"]
    monkeypatch.setitem(app.extensions, "academy.settings", replace(chosen, jobs_at_once=False))
    monkeypatch.setattr("academy.queue.ring", rang.append)
    return rang


def ask(kind: str = "tests.note", key: str = "one", **arguments: Any) -> Job:
    with transaction():
        return request_job(kind, arguments, key=key)


def again(job: Job) -> Job:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job.id)


@both_engines
def test_work_is_done_after_the_commit(app):
    job = ask(word="hello")
    assert done_work == ["hello"]
    assert again(job).state == JobState.DONE
    assert again(job).done == again(job).total == 1


@both_engines
def test_a_change_that_is_rolled_back_asks_for_nothing(app, later):
    def change_and_fail() -> None:
        with transaction():
            request_job("tests.note", {"word": "never"}, key="one")
            raise KeyError("rolled back")

    with pytest.raises(KeyError):
        change_and_fail()
    assert later == []
    assert db.session.execute(select(func.count()).select_from(Job)).scalar_one() == 0


@both_engines
def test_asking_twice_is_asking_once(app, later):
    first, second = ask(word="once"), ask(word="once")
    assert first.id == second.id
    for _ in range(3):
        jobs.run(first.id)
    assert done_work == ["once"]


def test_a_queue_that_does_not_answer_fails_nobody_and_the_sweep_rings_again(app, later, monkeypatch):
    def silence(_job_id: int) -> None:
        raise ConnectionError("no queue")

    with monkeypatch.context() as patched:
        patched.setattr("academy.queue.ring", silence)
        job = ask(word="late")
    assert jobs.sweep() == 0  # it may still be on its way
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        assert jobs.sweep() == 1
    assert later == [job.id]


@both_engines
def test_work_whose_worker_was_lost_is_taken_up_again(app, later):
    job = ask(word="cut off")
    with transaction():
        row = db.session.get_one(Job, job.id)
        row.state, row.seen_at, row.tries = JobState.RUNNING, now() - timedelta(minutes=11), 1
    assert jobs.sweep() == 1
    jobs.run(job.id)
    assert done_work == ["cut off"]


def test_failing_work_is_tried_five_times_with_growing_pauses(app, later):
    job, pauses = ask("tests.fail"), []
    for _ in range(jobs.MOST_TRIES):
        row = again(job)
        pauses.append(row.due_at - (row.seen_at or row.requested_at))
        with time_machine.travel(row.due_at, tick=False):
            jobs.run(job.id)
    row = again(job)
    assert (row.state, row.tries) == (JobState.FAILED, 5)
    assert row.problem == "ZeroDivisionError: as it must"
    assert pauses == sorted(pauses)
    assert pauses[-1] > timedelta(minutes=5)


def test_failed_work_that_is_asked_for_again_is_tried_again(app, later):
    job = ask("tests.fail")
    with transaction():
        row = db.session.get_one(Job, job.id)
        row.state, row.finished_at, row.tries = JobState.FAILED, now(), 5
    ask("tests.fail")
    assert (again(job).state, again(job).tries) == (JobState.WAITING, 0)


def test_work_nobody_knows_fails_at_once_and_says_so(app, later):
    job = ask("tests.unheard_of")
    jobs.run(job.id)
    assert again(job).state == JobState.FAILED
    assert "tests.unheard_of" in (again(job).problem or "")


def test_one_minute_work_that_fails_does_not_keep_the_others_from_their_turn(app, monkeypatch):
    seen = []

    def broken() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(jobs, "_EVERY_MINUTE", [broken, lambda: seen.append("turn")])
    jobs.do_minute_work()
    assert seen == ["turn"]


def test_who_asked_sees_how_far_it_is_and_nobody_else_does(app, client, later):
    asker, stranger, staff = newcomer(), outsider(), operator()
    with transaction():
        job = request_job("tests.note", {"word": "x"}, key="mine", by=asker.id)
    address = f"/jobs/{job.id}"
    sign_in(client, asker)
    assert client.get(address).status_code == 200
    standing = client.get(address, headers={"Accept": "application/json"}).json
    assert standing["state"] == "waiting"
    assert standing["finished"] is False
    sign_in(client, stranger)
    assert client.get(address).status_code == 404
    sign_in(client, staff)
    assert client.get(address).status_code == 200
