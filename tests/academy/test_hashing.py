"""A storm at the door costs neither the memory nor the threads of the server; a class at the door comes in."""

import threading
import time

import pytest
from sqlalchemy import func, select

from academy import hashing
from academy.accounts import operations
from academy.db import db
from academy.hashing import Line, TooBusy
from academy.limits import LimitUse
from academy.serving import THREADS
from tests import people


class Hash:
    """Something slow that knows how many do it at once."""

    def __init__(self, takes: float) -> None:
        self.takes, self.now, self.most, self.done, self.refused = takes, 0, 0, 0, 0
        self.lock = threading.Lock()

    def do(self, line: Line) -> None:
        try:
            with line.turn():
                with self.lock:
                    self.now += 1
                    self.most = max(self.most, self.now)
                time.sleep(self.takes)
                with self.lock:
                    self.now -= 1
                    self.done += 1
        except TooBusy:
            with self.lock:
                self.refused += 1


def all_at_once(work: Hash, line: Line, how_many: int) -> None:
    threads = [threading.Thread(target=work.do, args=(line,)) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_class_that_signs_in_at_the_same_moment_waits_its_turn_and_all_come_in():
    line, work = Line(at_once=2, places=6), Hash(0.01)
    all_at_once(work, line, 100)
    assert (work.done, work.refused) == (100, 0)
    assert work.most == 2


def test_when_the_line_does_not_get_shorter_who_comes_is_sent_away_at_once():
    line, work = Line(at_once=1, places=2, patience=0.05), Hash(0.4)
    first = [threading.Thread(target=work.do, args=(line,)) for _ in range(3)]
    for thread in first:
        thread.start()
    time.sleep(0.1)
    began = time.perf_counter()
    with pytest.raises(TooBusy), line.turn():
        raise AssertionError("it was not our turn")
    assert time.perf_counter() - began < 0.05
    for thread in first:
        thread.join()
    assert work.done == 3
    with line.turn():
        pass  # the storm is over


def test_nobody_waits_for_ever():
    line, work = Line(at_once=1, places=6, longest=0.05), Hash(0.3)
    running = threading.Thread(target=work.do, args=(line,))
    running.start()
    time.sleep(0.05)
    with pytest.raises(TooBusy), line.turn():
        raise AssertionError("it was not our turn")
    running.join()


def test_a_turn_that_fails_is_over():
    line = Line(at_once=1, places=1, patience=0.0)
    with pytest.raises(ValueError, match="broken"), line.turn():
        raise ValueError("broken")
    with line.turn():
        pass


def test_some_threads_of_the_server_are_always_left_for_everybody_else():
    assert hashing.PLACES < THREADS
    assert hashing.AT_ONCE <= hashing.PLACES


def test_who_is_sent_away_is_told_when_to_come_back_and_no_memory_is_spent(client, monkeypatch):
    name = people.newcomer().name
    monkeypatch.setattr(hashing, "turn", Line(at_once=1, places=0, patience=0.0).turn)

    class Untouched:
        def __getattr__(self, name):
            raise AssertionError("a hash was begun")

    monkeypatch.setattr(operations, "_hasher", Untouched())
    answer = client.post("/sign-in", data={"name": name, "password": people.PASSWORD})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert db.session.scalar(select(func.count()).select_from(LimitUse)) == 0, "nothing was tried, nothing counts"
    with pytest.raises(TooBusy):
        operations.hashed("a password of a new person")


def test_who_guessed_too_often_costs_no_hash(client, monkeypatch):
    for _ in range(10):
        client.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    monkeypatch.setattr(hashing, "turn", None)
    assert client.post("/sign-in", data={"name": "nobody", "password": "wrong"}).status_code == 429
