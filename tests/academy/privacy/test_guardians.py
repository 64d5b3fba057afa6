"""A child's account waits until a parent or guardian has agreed, whichever way."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from academy.accounts import consents
from academy.accounts.consents import Consent, Purpose, Source
from academy.accounts.models import OneUseLink, User
from academy.accounts.recovering import LETTERS_TO_STRANGERS
from academy.audit import AuditEvent
from academy.clock import now
from academy.config import settings
from academy.db import db, transaction
from academy.jobs import request_job
from academy.permissions import Role
from academy.privacy import guardians, jobs
from academy.privacy.guardians import WAITS_AT_MOST
from tests import people
from tests.courses.cohorts.classes import a_room, sit_down
from tests.engines import both_engines

FORM = {"name": "어린이", "password": people.PASSWORD, "younger": "y"}
YES = {"guardian": "y", "agree": "y"}


@pytest.fixture
def child(app):
    """A child who has just signed up, in their own browser."""
    client = app.test_client()
    assert client.post("/sign-up", data=FORM).status_code == 302
    return client


def user() -> User:
    db.session.expire_all()
    return people.known("어린이")


def letters() -> list[str]:
    """The letters that left, newest last, as text."""
    folder = settings().data_dir / "mail"
    files = sorted(folder.rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
    return [str(message.get_body(("plain",)).get_content()) for message in read]


def link_in(letter: str) -> str:
    found = next(word for word in letter.split() if "/guardian/" in word)
    return found[found.index("/guardian/") :]


def test_whoever_is_younger_than_14_waits(child):
    assert user().guardian_wanted_at is not None
    for address in ("/", "/me", "/classes", "/me/data"):
        assert child.get(address).location == "/waiting", address
    assert child.get("/waiting").status_code == 200
    assert child.post("/join/seat").status_code == 403
    assert child.get("/courses").status_code == 200  # what everybody may see


def test_whoever_is_14_declares_it_and_goes_in(app, client):
    client.post("/sign-up", data={"name": "어른", "password": people.PASSWORD, "of_age": "y"})
    grown = people.known("어른")
    assert consents.holds(grown.id, Purpose.FOURTEEN)
    assert consents.holds(grown.id, Purpose.TERMS)
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("ages", [{}, {"of_age": "y", "younger": "y"}])
def test_one_of_the_two_ages_has_to_be_said(client, ages):
    answer = client.post("/sign-up", data={"name": "누구", "password": people.PASSWORD, **ages})
    assert answer.status_code == 422


@both_engines
def test_a_parent_agrees_by_letter_and_the_account_opens(app, child):
    assert child.post("/waiting", data={"address": "parent@example.kr"}).status_code == 302
    parent = app.test_client()
    address = link_in(letters()[-1])
    for _look in range(2):  # mail services open links to check them: looking uses nothing up
        assert parent.get(address).status_code == 200
    assert parent.post(address, data={"guardian": "y"}).status_code == 422
    assert parent.post(address, data=YES).status_code == 200
    assert parent.post(address, data=YES).status_code == 404
    assert user().guardian_wanted_at is None
    consent = db.session.scalars(select(Consent).where(Consent.purpose == Purpose.GUARDIAN)).one()
    assert (consent.given, consent.source, consent.user_id) == (True, Source.LINK, user().id)
    assert child.get("/me").status_code == 200


def test_the_address_of_a_parent_is_kept_nowhere_readable(child):
    child.post("/waiting", data={"address": "parent@example.kr"})
    link = db.session.scalars(select(OneUseLink)).one()
    assert "parent" not in f"{link.email_hash} {link.data}"


def test_a_new_letter_ends_the_link_of_the_old_one(app, child):
    child.post("/waiting", data={"address": "first@example.kr"})
    first = link_in(letters()[-1])
    child.post("/waiting", data={"address": "second@example.kr"})
    assert app.test_client().get(first).status_code == 404


def test_no_more_than_three_letters_go_out_a_day(child):
    answers = [child.post("/waiting", data={"address": f"p{number}@example.kr"}).status_code for number in range(4)]
    assert answers == [302, 302, 302, 429]


@both_engines
def test_staff_write_down_what_a_parent_said(app, child):
    teacher = people.instructor()
    desk = people.sign_in(app.test_client(), teacher)
    assert desk.post("/guardians", data={"name": "없는 사람", "how": "here"}).status_code == 404
    assert desk.post("/guardians", data={"name": "어린이", "how": "paper"}).status_code == 302
    assert user().guardian_wanted_at is None
    consent = db.session.scalars(select(Consent).where(Consent.purpose == Purpose.GUARDIAN)).one()
    assert (consent.source, consent.by_id) == (Source.STAFF, teacher.id)
    noted = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "guardian agreed")).one()
    assert (noted.actor_id, noted.about_id) == (teacher.id, user().id)


def test_staff_print_a_sheet_that_opens_the_account(app, child):
    desk = people.sign_in(app.test_client(), people.instructor())
    sheet = desk.post("/guardians", data={"name": "어린이", "how": "print"}).get_data(as_text=True)
    start = sheet.index("/guardian/", sheet.index("<code>"))
    address = sheet[start : sheet.index("<", start)]
    assert app.test_client().post(address, data=YES).status_code == 200
    assert user().guardian_wanted_at is None


def test_a_learner_can_not_agree_for_others(app, child):
    assert people.sign_in(app.test_client(), people.newcomer()).get("/guardians").status_code == 403


@both_engines
def test_a_child_for_whom_nobody_agreed_is_erased_after_30_days(app, child):
    with transaction():
        db.session.execute(update(User).values(guardian_wanted_at=now() - WAITS_AT_MOST - timedelta(minutes=1)))
    waiting = user().id
    with transaction():
        request_job(jobs.NIGHTLY, {}, key="test")
    db.session.expire_all()
    assert db.session.get_one(User, waiting).erased_at is not None
    assert guardians.never_agreed(now()) == []


@both_engines
def test_a_parent_can_take_the_consent_back_and_the_account_closes_at_once(app, child):
    desk = people.sign_in(app.test_client(), people.instructor())
    assert desk.post("/guardians", data={"name": "어린이", "how": "back"}).status_code == 404  # nobody has agreed yet
    desk.post("/guardians", data={"name": "어린이", "how": "here"})
    assert child.get("/me").status_code == 200
    assert desk.post("/guardians", data={"name": "어린이", "how": "back"}).status_code == 302
    assert child.get("/me").location.startswith("/sign-in")
    assert not consents.holds(user().id, Purpose.GUARDIAN)
    assert people.sign_in(app.test_client(), user()).get("/me").location == "/waiting"


def test_nobody_takes_back_what_was_never_a_guardians(app):
    desk = people.sign_in(app.test_client(), people.instructor())
    people.newcomer()
    assert desk.post("/guardians", data={"name": "김영희", "how": "back"}).status_code == 404


def has_agreed(child: User) -> None:
    """A guardian agreed by a link, so no staff wrote it down."""
    with transaction():
        child.guardian_wanted_at = None
        consents.say(child.id, Purpose.GUARDIAN, True, now(), source=Source.LINK)


@both_engines
def test_only_staff_who_teach_a_child_take_the_consent_back(app, child):
    has_agreed(user())
    room = a_room(people.person("우리 강사", language="ko"))
    sit_down(room, user())
    back = {"name": "어린이", "how": "back"}
    for scope in (people.ELSEWHERE, "course:1"):
        stranger = people.person(f"강사 {scope}", Role.INSTRUCTOR, scope=scope)
        assert people.sign_in(app.test_client(), stranger).post("/guardians", data=back).status_code == 404, scope
    assert user().guardian_wanted_at is None
    assert people.sign_in(app.test_client(), room.instructor).post("/guardians", data=back).status_code == 302
    assert user().guardian_wanted_at is not None


def test_who_teaches_a_course_alone_does_not_speak_for_parents(app, child):
    teacher = people.person("강사", Role.INSTRUCTOR, scope="course:1")
    desk = people.sign_in(app.test_client(), teacher)
    assert desk.post("/guardians", data={"name": "어린이", "how": "here"}).status_code == 404
    assert user().guardian_wanted_at is not None


def test_the_desk_asks_who_sits_there(app, child):
    desk = people.sign_in(app.test_client(), people.instructor(), confirmed=False)
    assert desk.post("/guardians", data={"name": "어린이", "how": "here"}).status_code == 403
    assert user().guardian_wanted_at is not None


def test_many_children_do_not_fill_one_letter_box(app):
    answers = []
    for number in range(LETTERS_TO_STRANGERS.most + 1):
        client = app.test_client()
        client.post("/sign-up", data={**FORM, "name": f"어린이 {number}"})
        answers.append(client.post("/waiting", data={"address": "victim@example.kr"}).status_code)
    assert answers == [302] * LETTERS_TO_STRANGERS.most + [429]
