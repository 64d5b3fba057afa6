"""The pages of classes: the way in, the room, and who may not look."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from academy.accounts import operations as accounts
from academy.accounts.models import User
from academy.clock import now
from academy.db import db, transaction
from academy.limits import Limit
from academy.permissions import Role
from courses.cohorts import operations
from courses.cohorts.models import AttendanceEvent, Centre, Cohort, JoinCode, Meeting, Seat
from courses.cohorts.rules import StaffRole
from tests import people
from tests.counting import queries_of
from tests.courses.cohorts.classes import a_code, a_course, a_learner, a_room, centre, digits_now, sit_down
from tests.engines import both_engines

ENGLISH = {"Accept-Language": "en"}


@both_engines
def test_joining_before_signing_up_leads_back_to_the_class(app, client):
    room = a_room(people.instructor())
    code = a_code(room)
    asked = client.post("/join", data={"code": f"{code[:4].lower()} {code[4:]}"})
    assert asked.location == "/join"
    page = client.get("/join", headers=ENGLISH).get_data(as_text=True)
    for said in ("Class central", "Central", room.instructor.name, "/sign-up?next=/join"):
        assert said in page
    assert code not in page
    signed_up = client.post(
        "/sign-up?next=/join", data={"name": "Late Comer", "password": people.PASSWORD, "of_age": "y", "next": "/join"}
    )
    assert signed_up.location == "/join"
    assert "/join/seat" in client.get("/join").get_data(as_text=True)
    seated = client.post("/join/seat")
    assert seated.location == f"/classes/{room.cohort_id}"
    assert client.get(seated.location).status_code == 200
    assert db.session.get_one(Cohort, room.cohort_id).seats_taken == 1


def test_joining_works_when_signed_in_and_by_link(client):
    room = a_room(people.instructor())
    people.sign_in(client, people.outsider())
    code = a_code(room)
    assert f'value="{code}"' in client.get(f"/join/{code}").get_data(as_text=True)
    assert client.post("/join", data={"code": code}).location == "/join"
    assert client.post("/join/seat").location == f"/classes/{room.cohort_id}"


def test_looking_at_a_class_takes_no_seat(client):
    room = a_room(people.instructor())
    people.sign_in(client, people.outsider())
    code = a_code(room)
    client.get(f"/join/{code}")
    client.post("/join", data={"code": code})
    client.get("/join")
    assert db.session.scalars(select(Seat)).all() == []


@pytest.mark.parametrize("code", ["ABCDEFGH", "x", "0000-0000", "가나다라"])
def test_a_wrong_code_says_so_and_what_to_do(client, code):
    answer = client.post("/join", data={"code": code}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "ask your instructor" in answer.get_data(as_text=True)


def test_trying_codes_is_stopped(client, monkeypatch):
    for name in ("WRONG_CODES", "STRANGERS_WRONG_CODES"):
        monkeypatch.setattr(f"courses.cohorts.views.{name}", Limit(name, 3, timedelta(minutes=15), slices=15))
    code = a_code(a_room(people.instructor()))
    for _ in range(3):
        assert client.post("/join", data={"code": "ABCDEFGH"}).status_code == 422
    refused = client.post("/join", data={"code": code}, headers=ENGLISH)
    assert refused.status_code == 429
    assert "Sign in first" in refused.text
    # Behind the same address, somebody who signed in is counted by account: the class still comes in.
    people.sign_in(client, people.outsider())
    assert client.post("/join", data={"code": code}).status_code == 302


def test_a_class_of_a_hundred_behind_one_address_comes_in_however_badly_it_reads_the_code(app):
    code = a_code(a_room(people.instructor()))
    browsers = [app.test_client() for _ in range(100)]
    for mistake in ("ABCDEFGH", "ABCDEFGJ", "ABCDEFGK"):
        assert {browser.post("/join", data={"code": mistake}).status_code for browser in browsers} == {422}
    assert {browser.post("/join", data={"code": code}).status_code for browser in browsers} == {302}


@both_engines
def test_checking_in_with_the_digits_on_the_board(app, client):
    room, me = a_room(people.instructor()), people.outsider()
    sit_down(room, me)
    today = room.meeting_ids[2]
    people.sign_in(client, room.instructor)
    board = client.get(f"/classes/{room.cohort_id}/meetings/{today}/digits").get_data(as_text=True)
    shown = re.search(r"data-number>(\d{3}) (\d{3})<", board)
    assert shown
    people.sign_in(client, me)
    url = f"/classes/{room.cohort_id}/check-in"
    assert client.post(url, data={"digits": "12"}).status_code == 422
    assert client.post(url, data={"digits": shown[1] + shown[2]}).status_code == 302
    page = client.get(f"/classes/{room.cohort_id}").get_data(as_text=True)
    assert "You are checked in" in page
    assert "before I joined" in page
    assert "1 of 1 meetings so far, 2 planned" in page
    people.sign_in(client, room.instructor)
    board = client.get(f"/classes/{room.cohort_id}/board", headers=ENGLISH).get_data(as_text=True)
    assert me.name in board


def test_only_the_digits_of_this_moment_reach_a_browser(client):
    room = a_room(people.instructor())
    today = room.meeting_ids[2]
    people.sign_in(client, room.instructor)
    page = client.get(f"/classes/{room.cohort_id}/meetings/{today}/digits")
    data = client.get(f"/classes/{room.cohort_id}/meetings/{today}/digits?form=json")
    assert data.get_json().keys() == {"digits", "seconds_left"}
    secret = db.session.get_one(Meeting, today).digit_secret
    for answer in (page, data):
        whole = answer.get_data(as_text=True)
        assert secret not in whole
        assert digits_now(today, -1) not in whole.replace(" ", "")
        assert digits_now(today, -2) not in whole.replace(" ", "")
    closed = room.meeting_ids[3]
    assert client.get(f"/classes/{room.cohort_id}/meetings/{closed}/digits?form=json").get_json()["digits"] is None


def test_a_learner_sees_neither_digits_nor_board(client):
    room, me = a_room(people.instructor()), people.outsider()
    sit_down(room, me)
    people.sign_in(client, me)
    for page in ("board", "plan", f"meetings/{room.meeting_ids[2]}/digits"):
        assert client.get(f"/classes/{room.cohort_id}/{page}").status_code == 403


def test_an_outsider_does_not_learn_that_the_class_exists(client):
    room = a_room(people.instructor())
    people.sign_in(client, people.outsider())
    assert client.get(f"/classes/{room.cohort_id}").status_code == 404
    assert client.post(f"/classes/{room.cohort_id}/check-in", data={"digits": "123456"}).status_code == 404


def test_another_centres_staff_find_nothing(client):
    room = a_room(people.instructor())
    stranger = people.programme_manager()
    a_room(stranger, slug="elsewhere")
    seat_id = sit_down(room, people.newcomer())
    a_code(room)
    code_id = db.session.scalars(select(JoinCode.id).order_by(JoinCode.id.desc())).first()
    people.sign_in(client, stranger)
    here, today = f"/classes/{room.cohort_id}", room.meeting_ids[2]
    for page in (
        here,
        f"{here}/board",
        f"{here}/plan",
        f"{here}/meetings/{today}/digits",
        f"/centres/{room.centre_id}",
    ):
        assert client.get(page).status_code == 404, page
    changes = {
        f"{here}/meetings": {"day": "2027-01-01", "at": "09:00", "minutes": 60, "times": 1},
        f"{here}/codes": {"seats": 1, "days": 1},
        f"{here}/codes/{code_id}/revoke": {},
        f"{here}/meetings/{today}/roll-call": {f"mark-{seat_id}": "absent", "reason": "spite"},
        f"/centres/{room.centre_id}/staff": {"name": stranger.name, "role": "instructor"},
        f"/centres/{room.centre_id}/staff/{room.instructor.id}/dismiss": {},
        f"/centres/{room.centre_id}/classes/new": {"title": "Mine"},
    }
    for url, data in changes.items():
        assert client.post(url, data=data).status_code == 404, url
    assert db.session.scalars(select(AttendanceEvent)).all() == []


def test_roll_call_by_the_instructor(client):
    room, me = a_room(people.instructor()), people.outsider()
    seat_id, today = sit_down(room, me), room.meeting_ids[2]
    people.sign_in(client, room.instructor)
    url = f"/classes/{room.cohort_id}/meetings/{today}/roll-call"
    assert client.post(url, data={f"mark-{seat_id}": "present", "reason": ""}).status_code == 422
    kept = client.post(url, data={f"mark-{seat_id}": "present", "mark-x": "late", "reason": "phone was empty"})
    assert kept.status_code == 302
    people.sign_in(client, me)
    assert "phone was empty" in client.get(f"/classes/{room.cohort_id}").get_data(as_text=True)


def test_planning_a_class_from_nothing(client):
    boss, teacher, operator = people.programme_manager(), people.instructor(), people.operator()
    course_id = a_course()
    people.sign_in(client, operator)
    centre = {"title_ko": "새 센터", "title_en": "New", "slug": "new", "zone": "Asia/Seoul", "manager": boss.name}
    assert client.post("/centres/all", data=centre | {"manager": "Nobody Here"}).status_code == 422
    assert client.post("/centres/all", data=centre).status_code == 302
    centre_id = db.session.scalars(select(Centre.id)).one()
    people.sign_in(client, boss)
    assert client.post(f"/centres/{centre_id}/staff", data={"name": "Nobody", "role": "instructor"}).status_code == 422
    assert (
        client.post(f"/centres/{centre_id}/staff", data={"name": teacher.name, "role": "instructor"}).status_code == 302
    )
    new = {"title": "Evening class", "course": course_id, "instructor": teacher.id, "seats": 12}
    assert client.post(f"/centres/{centre_id}/classes/new", data=new | {"instructor": operator.id}).status_code == 422
    plan = client.post(f"/centres/{centre_id}/classes/new", data=new).location
    meeting = {"day": "2027-03-02", "at": "19:00", "minutes": 120, "times": 8, "topic": "Boxes"}
    cohort_id = db.session.scalars(select(Cohort.id)).one()
    assert client.post(f"/classes/{cohort_id}/meetings", data=meeting | {"minutes": 0}).status_code == 422
    assert client.post(f"/classes/{cohort_id}/meetings", data=meeting).status_code == 302
    starts = db.session.scalars(select(Meeting.starts_at).order_by(Meeting.starts_at)).all()
    assert len(starts) == 8
    assert starts[0].isoformat() == "2027-03-02T10:00:00+00:00"
    assert client.post(f"/classes/{cohort_id}/meetings", data=meeting).status_code == 409
    client.post(f"/classes/{cohort_id}/codes", data={"seats": 12, "days": 7})
    shown = re.search(r"<strong>([2-9A-Z]{4}-[2-9A-Z]{4})</strong>", client.get(plan).get_data(as_text=True))
    assert shown
    assert shown[1] not in client.get(plan).get_data(as_text=True)
    people.sign_in(client, people.outsider())
    assert client.post("/join", data={"code": shown[1]}).status_code == 302


def test_who_leaves_the_staff_sees_nothing_at_the_next_click(client):
    boss, teacher = people.programme_manager(), people.instructor()
    room = a_room(teacher)
    with transaction():
        operations.employ(centre(room), boss.id, StaffRole.PROGRAMME_MANAGER, now())
    people.sign_in(client, teacher)
    assert client.get(f"/classes/{room.cohort_id}/board").status_code == 200
    assert client.post(f"/centres/{room.centre_id}/staff/{boss.id}/dismiss").status_code == 403
    people.sign_in(client, boss)
    assert client.post(f"/centres/{room.centre_id}/staff/{boss.id}/dismiss").status_code == 422
    with transaction():
        accounts.grant_role(db.session.get_one(User, boss.id), Role.INSTRUCTOR, None, now())
    people.sign_in(client, boss)
    myself = {"name": boss.name, "role": "instructor"}
    assert client.post(f"/centres/{room.centre_id}/staff", data=myself).status_code == 422
    assert client.post(f"/centres/{room.centre_id}/staff/{teacher.id}/dismiss").status_code == 302
    people.sign_in(client, teacher)
    assert client.get(f"/classes/{room.cohort_id}/board").status_code == 404


def test_no_page_asks_more_with_more_people(client):
    room = a_room(people.instructor(), seats=40)
    learners = [a_learner(number) for number in range(15)]
    for learner in learners:
        sit_down(room, learner)
    today = room.meeting_ids[2]
    for learner in learners[:10]:
        people.sign_in(client, learner)
        client.post(f"/classes/{room.cohort_id}/check-in", data={"digits": digits_now(today)})
    here = f"/classes/{room.cohort_id}"
    pages = {
        learners[0]: ["/classes", here],
        room.instructor: [
            "/classes", f"{here}/board", f"{here}/plan", f"{here}/meetings/{today}/digits", "/centres",
            f"/centres/{room.centre_id}",
        ],
    }  # fmt: skip
    for person, addresses in pages.items():
        people.sign_in(client, person)
        for address in addresses:
            with queries_of() as asked:
                assert client.get(address).status_code == 200, address
            assert len(asked) <= 12, (address, len(asked), asked)
