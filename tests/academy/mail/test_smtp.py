"""Letters leave by a real mail server, protected as settings say; one that does not go is tried again."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from academy.clock import now
from academy.db import db, transaction
from academy.mail import jobs, operations
from academy.mail.models import Letter, LetterState
from academy.mail.rules import Recipient, read_route
from tests import people
from tests.smtp import MailServer, Manner, certificate, mail_server

TRIAL = "academy.mail.trial"


@contextmanager
def by_way_of(app: Flask, address: str) -> Iterator[None]:
    """ACADEMY_MAIL set to this address meanwhile."""
    before = app.extensions["academy.settings"]
    app.extensions["academy.settings"] = dataclasses.replace(before, mail=read_route(address))
    try:
        yield
    finally:
        app.extensions["academy.settings"] = before


def send(address: str = "sky@example.org", name: str = "김하늘") -> int:
    with transaction():
        letter = operations.send(TRIAL, to=Recipient(None, address, "ko", name), words={}, now=now())
    assert letter is not None
    return letter.id


def standing(number: int) -> Letter:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Letter, number)


def plain(server: MailServer) -> str:
    return f"smtp://127.0.0.1:{server.port}?tls=none"


def test_a_letter_arrives_whole(app):
    with mail_server() as server, by_way_of(app, plain(server)):
        number = send()
    (letter,) = server.taken
    assert letter.to == ["sky@example.org"]
    assert letter.message["To"].addresses[0].display_name == "김하늘"
    assert [part.get_content_type() for part in letter.message.iter_parts()] == ["text/plain", "text/html"]
    assert letter.raw.isascii()
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert standing(number).state is LetterState.SENT


def test_starttls_with_a_certificate_that_is_trusted(app, tmp_path):
    context, trusted = certificate(tmp_path)
    with mail_server(Manner(tls=context, login=("house", "p@ss:word"))) as server:
        address = f"smtp://house:p%40ss%3Aword@localhost:{server.port}?ca={trusted}"
        with by_way_of(app, address.replace("localhost", "127.0.0.1")):
            send()
    (letter,) = server.taken
    assert letter.protected
    assert letter.user == "house"


def test_smtps_from_the_first_byte(app, tmp_path):
    context, trusted = certificate(tmp_path)
    with (
        mail_server(Manner(tls=context, implicit=True)) as server,
        by_way_of(app, f"smtps://127.0.0.1:{server.port}?ca={trusted}"),
    ):
        send()
    assert server.taken[0].protected


def test_a_certificate_nobody_knows_is_not_accepted(app, tmp_path):
    context, _trusted = certificate(tmp_path)
    with (
        mail_server(Manner(tls=context, login=("house", "secret"))) as server,
        by_way_of(app, f"smtp://house:secret@127.0.0.1:{server.port}"),
    ):
        number = send()
    assert server.taken == []
    assert standing(number).problem == "connection not protected"
    assert standing(number).state is LetterState.WAITING


def test_a_server_without_protection_gets_neither_password_nor_letter(app):
    with (
        mail_server(Manner(login=("house", "secret"))) as server,
        by_way_of(app, f"smtp://house:secret@127.0.0.1:{server.port}"),
    ):
        number = send()
    assert server.taken == []
    assert standing(number).problem == "connection not protected"


@pytest.mark.parametrize(
    ("answers", "problem", "state"),
    [
        ({"RCPT": "550 no such user sky@example.org"}, "address refused 550", LetterState.FAILED),
        ({"RCPT": "451 greylisted, sky@example.org"}, "address refused 451", LetterState.WAITING),
        ({"DATA": "554 we do not like this"}, "letter refused 554", LetterState.FAILED),
        ({"DATA": "452 disk full"}, "letter refused 452", LetterState.WAITING),
        ({"MAIL": "550 you may not send from there"}, "sender refused 550", LetterState.WAITING),
        ({"EHLO": "", "HELO": ""}, "no answer", LetterState.WAITING),
    ],
)
def test_what_a_server_answers_decides_whether_it_is_tried_again(app, answers, problem, state):
    with mail_server(Manner(answers=answers)) as server, by_way_of(app, plain(server)):
        letter = standing(send())
    assert (letter.problem, letter.state) == (problem, state)
    assert "example.org" not in letter.problem


def test_a_wrong_password_is_tried_again_when_the_operator_has_put_it_right(app):
    with mail_server(Manner(login=("house", "right"))) as server:
        with by_way_of(app, f"smtp://house:wrong@127.0.0.1:{server.port}?tls=none"):
            number = send()
        assert standing(number).problem == "password refused 535"
        with (
            by_way_of(app, f"smtp://house:right@127.0.0.1:{server.port}?tls=none"),
            time_machine.travel(now() + timedelta(minutes=2), tick=False),
        ):
            jobs.try_again()
    assert len(server.taken) == 1
    assert standing(number).state is LetterState.SENT


def test_a_letter_waits_for_a_server_that_is_away_and_is_given_up_after_two_days(app):
    with by_way_of(app, "smtp://127.0.0.1:9?tls=none"):
        number, began = send(), now()
        for _ in range(12):
            with time_machine.travel(max(standing(number).due_at, now()) + timedelta(seconds=1), tick=False):
                jobs.try_again()
            if standing(number).state is LetterState.FAILED:
                break
    letter = standing(number)
    assert letter.state is LetterState.FAILED
    assert timedelta(hours=40) < letter.finished_at - began < timedelta(days=3)
    assert letter.tries == 8


def test_two_workers_send_one_letter_once(app):
    with mail_server() as server, by_way_of(app, plain(server)):
        number = send()
        with transaction():
            assert operations.take(number, now()) is None
        jobs.try_again()
    assert len(server.taken) == 1


def test_a_letter_whose_worker_died_goes_out_later(app):
    with by_way_of(app, "smtp://127.0.0.1:9?tls=none"):
        number = send()
    with transaction():
        taken = operations.take(number, now() + timedelta(minutes=2))
        assert taken is not None  # and then the worker dies
    with mail_server() as server, by_way_of(app, plain(server)):
        with time_machine.travel(now() + timedelta(minutes=5), tick=False):
            jobs.try_again()
        assert server.taken == []
        with time_machine.travel(now() + timedelta(minutes=15), tick=False):
            jobs.try_again()
    assert len(server.taken) == 1


def test_a_letter_sealed_with_another_secret_is_given_up_with_the_reason(app):
    with by_way_of(app, "smtp://127.0.0.1:9?tls=none"):
        number = send()
    with transaction():
        letter = standing_in(number)
        letter.public_id = "somebody-elses"
    with time_machine.travel(now() + timedelta(minutes=5), tick=False):
        jobs.try_again()
    assert standing(number).problem == "secret changed"
    assert standing(number).state is LetterState.FAILED


def standing_in(number: int) -> Letter:
    return db.session.get_one(Letter, number)


def test_a_failed_letter_is_sent_again_by_hand(app, client):
    with mail_server(Manner(answers={"RCPT": "550 no"})) as server, by_way_of(app, plain(server)):
        number = send()
    people.sign_in(client, people.operator())
    page = client.get("/mail", headers={"Accept-Language": "en"})
    assert "sk…@example.org" in page.text
    assert "sky@example.org" not in page.text
    with mail_server() as server, by_way_of(app, plain(server)):
        assert client.post(f"/mail/{number}/again").status_code == 302
        assert client.post(f"/mail/{number}/again").status_code == 409
    assert len(server.taken) == 1


def test_where_no_mail_is_sent_nothing_is_kept(app):
    with by_way_of(app, "off"), transaction():
        assert not operations.can_send()
        to = Recipient(None, "sky@example.org", "en", "Sky")
        assert operations.send(TRIAL, to=to, words={}, now=now()) is None
