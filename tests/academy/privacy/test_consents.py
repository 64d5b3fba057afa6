"""Each consent stands by itself, is asked and not needed, and keeps its history."""

import pytest
import time_machine
from sqlalchemy import select

from academy.accounts import consents
from academy.accounts.consents import OPTIONAL, Consent, Purpose, centre_subject
from academy.clock import now
from academy.db import db, transaction
from academy.mail.models import MailChoice
from academy.permissions import PUBLIC_ENDPOINTS
from academy.projects.rules import adult_path
from courses.cohorts.models import Cohort
from courses.cohorts.operations import take_seat
from courses.cohorts.starter import open_the_door
from tests import people
from tests.engines import both_engines


def said(user, purpose, *answers, subject=""):
    with transaction():
        for given in answers:
            consents.say(user.id, purpose, given, now(), subject=subject)


@both_engines
def test_the_last_word_counts_and_every_word_is_kept(app):
    learner = people.newcomer()
    said(learner, Purpose.CITY_REPORT, True, False, True, True, False)
    assert not consents.holds(learner.id, Purpose.CITY_REPORT)
    history = [row.given for row in consents.history_of(learner.id) if row.purpose is Purpose.CITY_REPORT]
    assert history == [False, True, False, True]  # the same said twice is one word


@both_engines
def test_nobody_has_agreed_who_was_not_asked(app):
    learner = people.newcomer()
    assert [purpose for purpose in OPTIONAL if consents.holds(learner.id, purpose)] == []
    said(learner, Purpose.CITY_REPORT, False)
    assert db.session.scalars(select(Consent).where(Consent.purpose == Purpose.CITY_REPORT)).all() == []


@both_engines
def test_one_yes_is_no_other_yes(app):
    learner, other = people.newcomer(), people.outsider()
    said(learner, Purpose.CENTRE, True, subject=centre_subject(1))
    assert consents.who_hold([learner.id, other.id], Purpose.CENTRE, centre_subject(1)) == {learner.id}
    assert consents.who_hold([learner.id, other.id], Purpose.CENTRE, centre_subject(2)) == frozenset()
    assert not consents.holds(learner.id, Purpose.RECOMMENDED)


@pytest.mark.played
def test_the_page_asks_for_each_by_itself_and_keeps_what_was_ticked(app, world):
    learner = people.known("김영희")
    client = people.sign_in(app.test_client(), learner)
    centre = f"{Purpose.CENTRE.value}@{centre_subject(world.centre)}"
    page = client.get("/me/data").get_data(as_text=True)
    assert centre in page
    assert "checked" not in page.partition("/me/data/consents")[2].partition("</form>")[0]
    client.post("/me/data/consents", data={centre: "y", f"{Purpose.NEWS.value}@": "y", "being wicked@": "y"})
    assert consents.holds(learner.id, Purpose.CENTRE, centre_subject(world.centre))
    assert consents.holds(learner.id, Purpose.NEWS)
    assert db.session.get_one(MailChoice, (learner.id, "news")).wanted
    client.post("/me/data/consents")
    assert not consents.holds(learner.id, Purpose.CENTRE, centre_subject(world.centre))
    assert not db.session.get_one(MailChoice, (learner.id, "news"), populate_existing=True).wanted


@pytest.mark.played
def test_the_class_board_shows_how_far_only_those_are_who_agreed(app, world):
    learner = people.known("김영희")
    board = people.path("courses.cohorts.board", cohort_id=world.cohort)
    teacher = people.sign_in(app.test_client(), people.known("행복센터 강사"))
    hidden = teacher.get(board).get_data(as_text=True)
    assert "<progress" not in hidden
    assert learner.name in hidden
    said(learner, Purpose.CENTRE, True, subject=centre_subject(world.centre))
    assert "<progress" in teacher.get(board).get_data(as_text=True)
    said(learner, Purpose.CENTRE, False, subject=centre_subject(world.centre))
    assert "<progress" not in teacher.get(board).get_data(as_text=True)


@pytest.mark.starter
def test_joining_a_class_asks_and_a_no_costs_nothing(app):
    with transaction():
        code = open_the_door(now())
    for name, form, shows in (("보여줌", {"shows_progress": "y"}, True), ("안보여줌", {}, False)):
        learner = people.person(name)
        client = people.sign_in(app.test_client(), learner)
        client.post("/join", data={"code": code})
        assert 'name="shows_progress"' in client.get("/join").get_data(as_text=True)
        seat = client.post("/join/seat", data=form)
        assert seat.location.startswith("/classes/")
        cohort = db.session.scalars(select(Cohort)).first()
        assert consents.holds(learner.id, Purpose.CENTRE, centre_subject(cohort.centre_id)) is shows
        assert client.get(seat.location).status_code == 200


@pytest.mark.starter
def test_a_seat_taken_for_somebody_shows_nothing_unasked(app):
    learner = people.newcomer()
    with transaction():
        seat = take_seat(open_the_door(now()), learner, now())
        assert not consents.holds(learner.id, Purpose.CENTRE, centre_subject(seat.cohort.centre_id))


@pytest.mark.played
def test_paid_work_asks_once_whether_one_is_18(app, world):
    with transaction():
        learner = people.known("이철수")
        db.session.add(Consent(user_id=learner.id, purpose=Purpose.ADULT, given=False, words_version="x", at=now()))
    client = people.sign_in(app.test_client(), learner)
    project = people.path("academy.projects.show", project_id=world.open_project)
    start = people.path("academy.projects.start", project_id=world.open_project)
    assert client.post(start).status_code == 403
    assert adult_path(world.open_project) in client.get(project).get_data(as_text=True)
    asked = client.get(adult_path(world.open_project))
    assert asked.status_code == 200
    assert client.post("/me/data/adult", data={"next": project}).status_code == 422
    assert client.post("/me/data/adult", data={"adult": "y", "next": project}).location == project
    assert client.post(start).status_code == 302
    assert adult_path(world.open_project) not in client.get(project).get_data(as_text=True)


def test_the_public_pages_say_what_we_do_in_both_languages(app, client):
    assert {"academy.privacy.notice", "academy.privacy.cookies"} <= PUBLIC_ENDPOINTS
    for language in ("ko", "en"):
        client.post("/language", data={"language": language})
        for address in ("/privacy", "/cookies"):
            answer = client.get(address)
            assert answer.status_code == 200
            assert f'lang="{language}"' in answer.get_data(as_text=True)
    assert 'href="/privacy"' in client.get("/").get_data(as_text=True)


def test_the_notice_tells_the_terms_of_this_installation(app, client):
    client.post("/language", data={"language": "en"})
    notice = client.get("/privacy").get_data(as_text=True)
    for words in ("30 days after you signed out", "5 years after the money moved", "as long as you have an account"):
        assert words in notice, words


def test_the_cookie_page_names_the_one_cookie_that_is_set(app, client):
    names = {
        header.partition("=")[0]
        for address in ("/", "/sign-in", "/privacy", "/courses", "/try")
        for header in client.get(address).headers.getlist("Set-Cookie")
    }
    page = client.get("/cookies").get_data(as_text=True)
    assert len(names) <= 1
    assert all(name in page for name in names)
    assert app.config["SESSION_COOKIE_NAME"] in page


@pytest.mark.played
def test_a_child_can_not_say_that_they_are_18(app, world):
    """Who needed a parent's consent is not asked, and not believed, for four years."""
    child, project = people.person("김꼬마"), people.path("academy.projects.show", project_id=world.open_project)
    said(child, Purpose.ADULT, False)
    said(child, Purpose.GUARDIAN, True)
    client = people.sign_in(app.test_client(), child)
    assert adult_path(world.open_project) not in client.get(project).get_data(as_text=True)
    assert client.post("/me/data/adult", data={"adult": "y"}).status_code == 422
    assert not consents.holds(child.id, Purpose.ADULT)
    with time_machine.travel(now() + consents.FROM_CHILD_TO_ADULT, tick=False):
        grown = people.sign_in(app.test_client(), child)
        assert grown.post("/me/data/adult", data={"adult": "y"}).status_code == 302
