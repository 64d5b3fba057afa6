"""The door of the real server: a class that comes at the same moment, and a storm that tries passwords."""

import http.client
import re
import threading
import time
from urllib.parse import urlencode

import pytest

from academy.db import db
from tests import people
from tests.browser import LiveServer
from tests.engines import make_app

CLASS = 18


class Visitor:
    """A browser with its cookie, in few lines."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""

    def ask(self, method: str, path: str, **form: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).split(";")[0]
        connection.close()
        return answer.status, text

    def sign_in(self, name: str, password: str) -> int:
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.ask("GET", "/sign-in")[1])
        assert token
        return self.ask("POST", "/sign-in", name=name, password=password, csrf_token=token[1])[0]


@pytest.fixture
def learners(server: LiveServer) -> list[str]:
    app = make_app(server.data_dir, f"sqlite:///{server.data_dir / 'academy.db'}")
    with app.app_context():
        names = [people.person(f"학습자 {number}").name for number in range(2, CLASS + 2)]
        db.session.remove()
        db.engine.dispose()
    return names


@pytest.mark.slow
def test_a_class_behind_one_address_signs_in_at_the_same_moment_beside_somebody_who_guesses(
    server: LiveServer, learners: list[str]
):
    """The last of the class has tried passwords for the first one before the lesson, until that was stopped."""
    guesser = Visitor(server.port)
    assert [guesser.sign_in("somebody else", "wrong") for _ in range(11)][-2:] == [422, 429]
    answers: list[int] = []
    together = threading.Barrier(CLASS)

    def come(name: str) -> None:
        visitor = Visitor(server.port)
        together.wait()
        answers.append(visitor.sign_in(name, people.PASSWORD))

    threads = [threading.Thread(target=come, args=(name,)) for name in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * CLASS


@pytest.mark.slow
def test_in_a_storm_of_passwords_every_page_is_still_answered_and_after_it_the_door_is_open(
    server: LiveServer, learners: list[str]
):
    over = threading.Event()
    told: list[int] = []

    def storm(number: int) -> None:
        tried = 0
        while not over.is_set():
            tried += 1
            told.append(Visitor(server.port).sign_in(f"name {number} {tried}", "wrong"))

    threads = [threading.Thread(target=storm, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    pages = 0
    ends_at = time.monotonic() + 6
    while time.monotonic() < ends_at:
        assert Visitor(server.port).ask("GET", "/courses")[0] == 200
        pages += 1
    over.set()
    for thread in threads:
        thread.join(60)
    assert pages
    assert told
    assert set(told) <= {422, 503}, "so many different names are not yet too many for one network"
    assert Visitor(server.port).sign_in(learners[0], people.PASSWORD) == 302
