"""Taking the starter course, from the first page to the last step."""

import re
import threading

import pytest
from sqlalchemy import func, select

from academy.annotation.queries import tasks_of
from academy.clock import now
from academy.db import db, transaction
from academy.records.models import Record
from courses.catalogue.models import Course, Step
from courses.learning import operations, queries
from courses.learning.models import Enrolment, QuizAnswer
from courses.learning.words import progress_words
from tests import letters, people
from tests.counting import queries_of
from tests.engines import both_engines

pytestmark = pytest.mark.starter
SLUG = "what-is-labelling"
FIRST = f"/courses/{SLUG}/collection"


@pytest.fixture
def course(app):
    return db.session.scalars(select(Course).where(Course.slug == SLUG)).one()


@pytest.fixture
def learner(client):
    user = people.newcomer()
    people.sign_in(client, user)
    return user


def right_answers(lesson):
    """The form of somebody who knows everything."""
    form = {}
    for asked in (asked for step in lesson.steps for asked in step.asked):
        name, key = f"q{asked.question_version_id}", asked.version.key
        if "order" in key:
            form |= {f"{name}-{option}": str(place) for place, option in enumerate(key["order"], 1)}
        else:
            form[name] = key.get("choice") or key.get("choices") or str(key.get("value"))
    return form


def answer(client, lesson, form=None):
    address = f"/courses/{SLUG}/{lesson.slug}/quiz"
    return client.post(address, data=right_answers(lesson) if form is None else form)


def pass_tasks(user, lesson, count):
    for step in (step for step in lesson.steps if step.task_set_id):
        for task in tasks_of(step.task_set_id)[:count]:
            with transaction():
                operations.complete_practice(user.id, step.task_set_id, now(), task_id=task.id)


@both_engines
def test_two_last_steps_in_two_windows_at_once_end_the_course(app, course, client, learner):
    client.post(f"/courses/{SLUG}/enrol")
    *early, late = course.lessons
    for lesson in early:
        answer(client, lesson)
        pass_tasks(learner, lesson, 3)
    pass_tasks(learner, late, 3)
    text, quiz = (step.id for step in late.steps if not step.task_set_id)
    learner_id, first_done, second_waits = learner.id, threading.Event(), threading.Event()

    def read_the_text():
        with app.app_context():
            with transaction():
                operations.complete_step(learner_id, db.session.get_one(Step, text), now())
                first_done.set()
                second_waits.wait(0.5)
            db.session.remove()

    reading = threading.Thread(target=read_the_text)
    reading.start()
    first_done.wait(10)
    with transaction():
        operations.complete_step(learner_id, db.session.get_one(Step, quiz), now())
        second_waits.set()
    reading.join()
    kinds = db.session.scalars(select(Record.kind).where(Record.user_id == learner_id)).all()
    assert kinds.count("course finished") == 1


def explanations(lesson):
    versions = [asked.version for step in lesson.steps for asked in step.asked]
    return [text for version in versions for text in version.explanation.values()]


@both_engines
def test_the_whole_course_from_enrolment_to_its_record(course, client, learner):
    with transaction():
        learner.identity.email, learner.identity.email_verified_at = "sky@example.org", now()
    assert client.post(f"/courses/{SLUG}/enrol").location == FIRST
    for lesson in course.lessons:
        assert answer(client, lesson).status_code == 302
        pass_tasks(learner, lesson, 3)
    progress = queries.progress(learner, course)
    assert progress.complete
    kinds = db.session.scalars(select(Record.kind).where(Record.user_id == learner.id)).all()
    assert kinds.count("course begun") == kinds.count("course finished") == 1
    assert kinds.count("lesson finished") == 5
    assert db.session.scalars(select(Enrolment)).one().completed_at is not None
    (letter,) = letters.sent("sky@example.org")
    assert client.get(letter.path("/exams")).status_code == 200


@both_engines
def test_everything_may_be_asked_for_twice_and_happens_once(course, client, learner):
    lesson = course.lessons[0]
    for _ in range(2):
        client.post(f"/courses/{SLUG}/enrol")
        answer(client, lesson)
        pass_tasks(learner, course.lessons[1], 1)
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1
    assert db.session.scalar(select(func.count()).select_from(QuizAnswer)) == 2
    assert queries.progress(learner, course).of(course.lessons[1].id).steps[-1].done == 1


def test_the_first_answer_stays(course, client, learner):
    lesson = course.lessons[0]
    client.post(f"/courses/{SLUG}/enrol")
    single = lesson.steps[1].asked[0]
    answer(client, lesson, {f"q{single.question_version_id}": "a"})
    answer(client, lesson)
    kept = queries.answers_to(learner, lesson)[single.question_version_id]
    assert (kept.answer, kept.share) == ({"choice": "a"}, 0)


def test_keys_and_explanations_are_in_no_response_before_the_answer(course, client, learner):
    client.post(f"/courses/{SLUG}/enrol")
    for lesson in course.lessons:
        html = client.get(f"/courses/{SLUG}/{lesson.slug}").text
        assert not any(text in html for text in explanations(lesson))
        assert '"key"' not in html
    lesson = course.lessons[0]
    first, second = (asked.version for asked in lesson.steps[1].asked)
    answer(client, lesson, {f"q{first.id}": "b"})
    html = client.get(FIRST).text
    assert any(text in html for text in first.explanation.values()), "the explanation comes at once"
    assert not any(text in html for text in second.explanation.values()), "the open question keeps its own"
    answer(client, lesson)
    assert any(text in client.get(FIRST).text for text in second.explanation.values())


def test_a_guest_reads_the_first_lesson_and_nothing_more(course, client):
    html = client.get(FIRST).text
    assert "<figure>" in html
    assert not any(text in html for text in explanations(course.lessons[0]))
    assert 'type="radio"' not in html
    beyond = client.get(f"/courses/{SLUG}/quality")
    assert beyond.status_code == 302
    assert beyond.location.startswith("/sign-in?next=")
    assert client.post(f"/courses/{SLUG}/enrol").status_code == 401
    assert client.post(f"{FIRST}/quiz").status_code == 401


def test_who_has_not_begun_is_told_to_begin(course, client, learner):
    assert client.get(f"/courses/{SLUG}/quality").status_code == 403
    assert answer(client, course.lessons[0]).status_code == 403
    assert db.session.scalar(select(func.count()).select_from(QuizAnswer)) == 0


def test_progress_says_what_is_missing_and_going_on_leads_there(course, client):
    user = people.newcomer(language="en")
    people.sign_in(client, user)
    client.post(f"/courses/{SLUG}/enrol")
    for lesson in course.lessons[:3]:
        answer(client, lesson)
    pass_tasks(user, course.lessons[1], 3)
    pass_tasks(user, course.lessons[2], 2)
    html = client.get(f"/courses/{SLUG}").text
    assert "2 lessons and 1 practice left" in html
    assert "2 of 3 done" in client.get(f"/courses/{SLUG}/labelling").text
    assert client.post(f"/courses/{SLUG}/enrol").location == f"/courses/{SLUG}/labelling"


def test_practice_before_the_course_counts_when_it_begins(course, client, learner):
    pass_tasks(learner, course.lessons[1], 3)
    client.post(f"/courses/{SLUG}/enrol")
    assert queries.progress(learner, course).practices_left == 1


def test_another_persons_work_does_not_count(course, client, learner):
    client.post(f"/courses/{SLUG}/enrol")
    answer(client, course.lessons[0])
    other = people.candidate()
    everybody = queries.progress_of([learner.id, other.id], course)
    assert (everybody[learner.id].done, everybody[other.id].done) == (1, 0)


@pytest.mark.parametrize("slug", ["collection", "labelling"])
def test_a_lesson_asks_at_most_twelve_questions(course, client, learner, slug):
    client.post(f"/courses/{SLUG}/enrol")
    answer(client, course.lessons[0])
    with queries_of() as asked:
        assert client.get(f"/courses/{SLUG}/{slug}").status_code == 200
    assert len(asked) <= 12, asked


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_lesson_has_one_first_heading_and_fits_its_weight(course, client, language):
    people.sign_in(client, people.newcomer(language))
    client.post(f"/courses/{SLUG}/enrol")
    for lesson in course.lessons:
        html = client.get(f"/courses/{SLUG}/{lesson.slug}").text
        assert html.count("<h1") == 1
        assert lesson.title[language] in html
        assert not re.search(r"\sstyle=|<script(?![^>]*src)", html)
        assert len(html.encode()) < 60_000


def test_words_for_what_is_left(course, client, learner):
    with client.application.test_request_context(headers={"Accept-Language": "en"}):
        assert progress_words(queries.progress(learner, course)) == "5 lessons and 2 practices left"


@pytest.mark.parametrize("address", [f"/courses/{SLUG}/nothing", "/courses/nothing/collection", "/courses/nothing"])
def test_what_does_not_exist_is_not_found(course, client, learner, address):
    assert client.get(address).status_code == 404
