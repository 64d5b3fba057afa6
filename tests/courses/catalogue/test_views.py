"""The catalogue as strangers see it."""

from datetime import timedelta

import pytest

from academy.clock import now
from academy.db import db, transaction
from courses.catalogue.models import Course, Lesson, Step
from courses.catalogue.rules import StepKind, search_text
from tests import people
from tests.counting import queries_of
from tests.engines import both_engines

BOTH = {"ko": "가", "en": "A"}


def small_course(number, *, published=True, lessons=1):
    title = {"ko": f"강의 {number}", "en": f"Course {number}"}
    course = Course(
        slug=f"course-{number}", title=title, summary=BOTH, level=BOTH, goals=[BOTH], next_steps=[],
        published_at=now() - timedelta(hours=number) if published else None, search_text=search_text([title]),
    )  # fmt: skip
    for position in range(1, lessons + 1):
        lesson = Lesson(slug=f"l{position}", position=position, title=BOTH, summary=BOTH, minutes=5, body=BOTH)
        lesson.steps.append(Step(position=1, kind=StepKind.TEXT))
        course.lessons.append(lesson)
    return course


@pytest.fixture
def courses(app):
    with transaction():
        db.session.add_all([small_course(number, lessons=5) for number in range(30)])
        db.session.add(small_course(99, published=False))


@both_engines
def test_all_courses_are_reached_page_by_page(courses, client):
    seen, after = [], ""
    while True:
        html = client.get("/courses", query_string={"after": after} if after else {}).text
        seen += [number for number in range(30) if f'/courses/course-{number}"' in html]
        if 'rel="next"' not in html:
            break
        after = html.split('rel="next"')[0].rsplit("after=", 1)[1].split('"')[0].split("&")[0]
    assert sorted(seen) == list(range(30))
    assert len(seen) == len(set(seen))


@both_engines
def test_search_finds_by_either_language_and_treats_signs_as_signs(courses, client):
    assert "/courses/course-7" in client.get("/courses?q=강의 7").text
    assert "/courses/course-7" in client.get("/courses?q=COURSE 7").text
    assert "/courses/course-" not in client.get("/courses?q=%25").text
    assert "/courses/course-" not in client.get("/courses?q=100_000").text


def test_an_unpublished_course_does_not_exist(courses, client):
    assert client.get("/courses/course-99").status_code == 404
    assert client.get("/courses/course-99/l1").status_code == 404
    assert "course-99" not in client.get("/courses?q=99").text


@pytest.mark.parametrize("address", ["/courses", "/courses?q=course", "/courses/course-3", "/courses/course-3/l1"])
@pytest.mark.parametrize("signed_in", [False, True])
def test_pages_ask_at_most_twelve_questions(courses, client, address, signed_in):
    if signed_in:
        people.sign_in(client, people.newcomer())
    client.get(address)
    with queries_of() as asked:
        assert client.get(address).status_code == 200
    assert len(asked) <= 12, asked


@pytest.mark.parametrize("nonsense", ["after=!!!", "after=" + "A" * 900, "q=" + "가" * 800, "after=bnVsbA"])
def test_nonsense_in_the_address_shows_the_list(courses, client, nonsense):
    assert client.get(f"/courses?{nonsense}").status_code == 200
