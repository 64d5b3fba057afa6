"""The first page: a promise for strangers, a desk for everybody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from academy.accounts.models import User
from academy.accounts.operations import grant_role
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import Role
from courses.catalogue.models import Course
from courses.catalogue.operations import ensure_course
from courses.cohorts import operations as cohorts
from courses.cohorts.rules import StaffRole
from courses.learning import operations as learning
from tests import people
from tests.academy.projects.work import BADGE, a_project, give_badge, hand_in, take
from tests.counting import queries_of
from tests.courses.practice.pictures import practice
from tests.engines import both_engines
from tests.exams.papers import small_exam, start
from tests.people import path


def both(text: str) -> dict[str, str]:
    return {"ko": text, "en": text}


def a_course(slug: str = "first", lessons: int = 3) -> Course:
    task_set, _tasks = practice(slug=f"{slug}-cars")
    entry = {
        "slug": slug, "title": both(f"Course {slug}"), "summary": both("What it is"), "level": both("Beginners"),
        "goals": [], "next_steps": [], "cover": "",
        "lessons": [
            {"slug": f"lesson-{number}", "title": both(f"Lesson {number}"), "summary": both(""), "minutes": 5,
             "body": both("Read."), "practice": [{"task_set": task_set, "needed": 1}] if number == 1 else []}
            for number in range(1, lessons + 1)
        ],
    }  # fmt: skip
    with transaction():
        return ensure_course(entry, now())


def enrol(user: User, course: Course) -> None:
    with transaction():
        learning.enrol(db.session.get_one(User, user.id), db.session.get_one(Course, course.id), now())


def home(client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.text


def in_english(client):
    client.post("/language", data={"language": "en"})
    return client


@both_engines
def test_a_stranger_sees_the_way_a_course_and_what_projects_pay(client):
    a_course()
    a_project(people.project_client(), price=350)
    page = home(in_english(client))
    for words in ("Try one picture now", "Pass the exam", "Course first", "Streets", "KRW 350", "Check a badge"):
        assert words in page
    assert path("courses.practice.trial") in page


def test_an_empty_academy_still_has_a_first_page(client):
    assert "/try" in home(client)
    people.sign_in(client, people.newcomer())
    assert "김영희" in home(client)


@both_engines
def test_a_newcomer_is_shown_the_first_course(client):
    course = a_course()
    people.sign_in(client, people.newcomer(language="en"))
    assert path("courses.catalogue.show", slug=course.slug) in home(client)


@both_engines
def test_a_learner_is_told_what_is_missing_and_goes_on_there(client):
    course, learner = a_course(), people.newcomer(language="en")
    enrol(learner, course)
    people.sign_in(client, learner)
    page = home(client)
    assert "3 lessons and 1 practice left" in page
    assert path("courses.learning.lesson", slug="first", lesson_slug="lesson-1") in page


@both_engines
def test_a_running_exam_comes_before_everything_else(client):
    candidate = people.candidate(language="en")
    enrol(candidate, a_course())
    sitting = start(small_exam(), candidate)
    people.sign_in(client, candidate)
    page = home(client)
    assert page.index("Your exam is running") < page.index("Course first")
    assert path("exams.sittings.paper", public_id=sitting) in page


def a_class(course: Course, instructor: User, learner: User) -> int:
    """A class that meets right now, with a seat for this learner."""
    moment = now()
    with transaction():
        instructor = db.session.get_one(User, instructor.id)
        centre = cohorts.open_centre("river", both("River"), "Asia/Seoul", moment)
        cohorts.employ(centre, instructor.id, StaffRole.INSTRUCTOR, moment)
        course = db.session.get_one(Course, course.id)
        cohort = cohorts.open_cohort(centre, course, instructor.id, "Morning class", 12, moment)
        cohorts.add_meeting(cohort, moment - timedelta(minutes=5), 180, "Asia/Seoul")
        code = cohorts.make_code(cohort, 5, moment + timedelta(hours=1), instructor.id, moment)
        cohorts.take_seat(code, db.session.get_one(User, learner.id), moment)
        return cohort.id


@both_engines
def test_who_has_a_class_now_is_shown_the_way_to_it(client):
    learner = people.newcomer(language="en")
    cohort = a_class(a_course(), people.instructor(), learner)
    people.sign_in(client, learner)
    page = home(client)
    assert page.index("Morning class") < page.index("Course first")
    assert path("courses.cohorts.show", cohort_id=cohort) in page


def test_a_picture_on_the_desk_is_not_forgotten(client):
    labeler = people.newcomer(language="en")
    unit = take(a_project(people.project_client()), labeler)
    people.sign_in(client, labeler)
    assert path("academy.projects.unit", unit_id=unit) in home(client)


def test_a_project_says_which_badge_opens_it_until_it_is_held(client):
    labeler = people.newcomer(language="en")
    a_project(people.project_client(), badge=BADGE)
    people.sign_in(client, labeler)
    assert "Still missing" in home(client)
    give_badge(labeler)
    page = home(client)
    assert "Still missing" not in page
    assert "Projects are open to you" in page


def test_a_reviewer_sees_that_work_waits_and_a_learner_does_not(client, app):
    labeler = people.newcomer(language="en")
    project = a_project(people.project_client())
    hand_in(take(project, labeler), labeler)
    reviewer = people.person("Rita", Role.REVIEWER, language="en")
    people.sign_in(client, reviewer)
    assert "Work waits for a reviewer" in home(client)
    assert "Work waits for a reviewer" not in home(people.sign_in(app.test_client(), labeler))


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_its_desk(client, role):
    user = people.person("Somebody", *([role] if role is not Role.LEARNER else []))
    people.sign_in(client, user)
    page = home(client)
    assert (path("academy.projects.desk") in page) == (role is Role.REVIEWER)
    assert (path("academy.accounts.people") in page) == (role is Role.ADMINISTRATOR)
    assert (path("academy.annotation.sets") in page) == (role is Role.OPERATOR)


def full_house() -> User:
    """Much of everything, and a person who has some of each."""
    taught_elsewhere = {Role.INSTRUCTOR, Role.PROGRAMME_MANAGER}
    roles = [role for role in Role if role not in {Role.LEARNER, *taught_elsewhere}]
    everybody = people.person("Everybody", *roles, language="en")
    with transaction():
        for role in taught_elsewhere:
            grant_role(db.session.get_one(User, everybody.id), role, None, now(), people.ELSEWHERE)
    for number in range(3):
        enrol(everybody, a_course(f"course-{number}", lessons=5))
    client = people.project_client()
    projects = [a_project(client, slug=f"streets-{number}", badge=BADGE if number % 2 else None) for number in range(8)]
    take(projects[0], everybody)
    hand_in(take(projects[2], everybody), everybody)
    start(small_exam(), everybody)
    a_class(db.session.scalars(select(Course).limit(1)).one(), people.instructor(), everybody)
    give_badge(everybody)
    return everybody


@both_engines
def test_the_desk_asks_at_most_twelve_questions_of_the_database(client):
    people.sign_in(client, full_house())
    home(client)
    with queries_of() as asked:
        home(client)
    assert len(asked) <= 12, "\n".join(asked)


def test_the_first_page_asks_at_most_twelve_questions_of_the_database(client):
    full_house()
    home(client)
    with queries_of() as asked:
        home(client)
    assert len(asked) <= 12, "\n".join(asked)


def test_the_first_page_is_light_enough_for_a_slow_line(client):
    full_house()
    page = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.data) < 20_000


def test_every_part_of_our_pages_can_be_looked_at(client):
    assert client.get("/styleguide").status_code == 302
    people.sign_in(client, people.newcomer())
    assert client.get("/styleguide").status_code == 200
