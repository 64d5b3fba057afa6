"""A letter is written when it is asked for, leaves after the commit, and is forgotten once it was delivered."""

import pytest
from sqlalchemy import select

from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.mail import operations
from academy.mail.models import Letter, LetterState
from academy.mail.rules import KINDS, Group, LetterKind, Recipient
from tests import letters, people
from tests.engines import both_engines

TRIAL = "academy.mail.trial"


@pytest.fixture
def news(app):
    """A kind of letter that may be switched off; it borrows the words of the trial letter."""
    kind = LetterKind("academy.mail.trial", Group.COURSE)
    before, KINDS[TRIAL] = KINDS[TRIAL], kind
    yield kind
    KINDS[TRIAL] = before


def recipient(user_id: int | None = None, address: str = "sky@example.org", language: str = "en", name: str = "Sky"):
    return Recipient(user_id, address, language, name)


def send(to: Recipient | None = None, **more) -> Letter | None:
    with transaction():
        return operations.send(TRIAL, to=to or recipient(), words={}, now=now(), **more)


@both_engines
def test_a_letter_leaves_after_the_commit(app):
    with transaction():
        operations.send(TRIAL, to=recipient(), words={}, now=now())
        assert letters.sent() == []
    letter = letters.newest()
    assert letter.to == "sky@example.org"
    assert letter.subject == "Mail works"
    assert letter.text.startswith("Hello Sky,")
    assert "<h1>Mail works</h1>" in letter.html


def test_a_letter_of_a_transaction_that_failed_was_never_written(app):
    with pytest.raises(AttributeError), transaction():
        operations.send(TRIAL, to=recipient(), words={}, now=now()).must_fail()
    assert letters.sent() == []
    assert db.session.scalars(select(Letter)).all() == []


@both_engines
def test_once_delivered_nothing_of_what_it_said_stays_here(app):
    number = send().id
    db.session.expire_all()
    letter = db.session.get(Letter, number)
    assert (letter.state, letter.sealed) == (LetterState.SENT, None)


def test_what_waits_is_sealed(app):
    with transaction():
        letter = operations.send(TRIAL, to=recipient(), words={}, now=now())
        assert "sky" not in letter.sealed
        assert operations.opened(letter)["address"] == "sky@example.org"
        swapped = Letter(public_id="another", sealed=letter.sealed)
        with pytest.raises(ValueError, match="can not be opened"):
            operations.opened(swapped)


@both_engines
def test_asked_twice_with_one_key_it_is_sent_once(app):
    first, second = send(key="once"), send(key="once")
    assert first.id == second.id
    assert len(letters.sent()) == 1
    send(key="another")
    assert len(letters.sent()) == 2


def test_each_reads_in_their_own_language(app):
    send(recipient(language="ko", name="김하늘"))
    assert "라벨러 아카데미" in letters.newest().text
    assert letters.newest().message["Content-Language"] == "ko"


def test_a_name_with_signs_of_html_is_text_in_both_forms(app):
    send(recipient(name="<b>Tom & Co</b>"))
    assert "Hello <b>Tom & Co</b>," in letters.newest().text
    assert "&lt;b&gt;Tom &amp; Co&lt;/b&gt;" in letters.newest().html


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c.de", "a@example.org\nBcc: all@example.org", "a@example.org, b@example.org", "a@b"]
)
def test_what_is_no_single_address_is_never_written_to(app, address):
    with pytest.raises(ValueError, match="no address"):
        send(recipient(address=address))


def test_no_header_can_be_slipped_in_by_a_name(app):
    send(recipient(name="Sky\r\nBcc: all@example.org"))
    assert letters.newest().message["Bcc"] is None


@both_engines
def test_what_a_person_switched_off_does_not_come(app, news):
    user = people.newcomer()
    assert send(recipient(user.id)) is not None
    with transaction():
        operations.choose(user.id, Group.COURSE, False, now())
    assert send(recipient(user.id)) is None
    with transaction():
        operations.choose(user.id, Group.COURSE, True, now())
    assert send(recipient(user.id)) is not None


def test_security_exam_payment_and_legal_letters_can_not_be_switched_off(app):
    user = people.newcomer()
    for group in (Group.SECURITY, Group.EXAM, Group.PAYMENT, Group.LEGAL):
        with pytest.raises(ValueError, match="always sent"), transaction():
            operations.choose(user.id, group, False, now())


def test_news_come_only_to_those_who_asked(app):
    assert not Group.NEWS.wanted_unasked
    assert all(group.wanted_unasked for group in Group if group is not Group.NEWS)


def test_a_letter_that_may_be_ended_says_how_to_programs_and_to_people(app, news):
    user = people.newcomer()
    send(recipient(user.id))
    letter = letters.newest()
    ending = letter.message["List-Unsubscribe"].strip(" <>")
    assert ending.startswith(settings().public_url)
    assert ending in letter.text
    assert ending in letter.html
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_letter_that_always_comes_has_no_such_link(app):
    send()
    assert letters.newest().message["List-Unsubscribe"] is None
