"""What happens to people reaches them by letter: in their language, with a link that leads there, if they want it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from academy.clock import now
from academy.db import db, transaction
from academy.mail import operations as mail
from academy.mail.rules import Group
from exams.bank.models import Exam
from exams.sittings import operations as sittings
from exams.sittings.models import Sitting
from tests import letters, people
from tests.tour import addresses

LEARNER = "sky@example.org"


def reachable(name: str, address: str = LEARNER):
    """Somebody of the tour, with an address they proved."""
    user = people.known(name)
    with transaction():
        user.identity.email, user.identity.email_verified_at = address, now()
    return user


def post(app, who: str, world, endpoint: str, data: dict[str, str]) -> None:
    client = people.sign_in(app.test_client(), people.known(who))
    answer = client.post(people.path(endpoint, **addresses(world)[endpoint]), data=data)
    assert answer.status_code == 302, answer.text


@pytest.mark.played
def test_work_that_comes_back_says_why_and_until_when(app, world):
    learner = reachable("김영희")
    sent_back = {"reason": "loose", "rule": "", "note": "The left edge is too far out."}
    post(app, "정검수", world, "academy.projects.send_back", sent_back)
    letter = letters.newest(LEARNER)
    assert "The left edge is too far out." in letter.text
    client = people.sign_in(app.test_client(), learner)
    assert client.get(letter.path("/work/")).status_code == 200


@pytest.mark.played
def test_who_does_not_want_letters_about_work_gets_none(app, world):
    learner = reachable("김영희")
    with transaction():
        mail.choose(learner.id, Group.WORK, False, now())
    post(app, "정검수", world, "academy.projects.send_back", {"reason": "loose", "rule": "", "note": "x"})
    assert letters.sent(LEARNER) == []


@pytest.mark.played
def test_a_class_hears_when_it_meets_and_each_learner_once(app, world):
    learner = reachable("김영희")
    when = {"day": str((now() + timedelta(days=3)).date()), "at": "14:00", "minutes": "60", "times": "2"}
    post(app, "행복센터 강사", world, "courses.cohorts.add_meetings", when)
    (letter,) = letters.sent(LEARNER)
    assert letter.text.count("14:00") == 2
    assert people.sign_in(app.test_client(), learner).get(letter.path("/classes/")).status_code == 200


@pytest.mark.played
def test_a_result_is_told_and_a_mock_exam_is_not(app, world):
    reachable("이철수")
    with transaction():
        sitting = db.session.scalars(select(Sitting).where(Sitting.public_id == world.running_sitting)).one()
        db.session.get_one(Exam, sitting.exam_id).mock = False
    with transaction():
        sittings.hand_in(db.session.get_one(Sitting, sitting.id), now())
    (letter,) = letters.sent(LEARNER)
    assert world.running_sitting in letter.text
