"""The first page: for a stranger what this is, for a signed-in person what comes next. Knows every room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, literal, select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from academy.accounts.models import User
from academy.accounts.scopes import CENTRE, places
from academy.clock import now
from academy.credentials.queries import held_levels
from academy.db import db
from academy.i18n import _, clock_time, ngettext, pick
from academy.permissions import EVERYWHERE, Permission
from academy.projects.models import Lease, Project, Review, Unit
from academy.projects.queries import Card, needs_of, reviewable_by
from academy.projects.rules import ProjectState, UnitState, pay_per_hour
from courses.catalogue.models import Course, Lesson, Step
from courses.cohorts.models import Meeting
from courses.cohorts.queries import on_now
from courses.learning.models import Enrolment
from courses.learning.queries import progress
from courses.learning.rules import Progress
from courses.learning.words import progress_words
from exams.sittings.models import Sitting
from exams.sittings.queries import own

PROJECTS_SHOWN = 6
COURSES_SHOWN = 2
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Going:
    """The course somebody is in, and how far they are."""

    course: Course
    progress: Progress
    words: str
    resume: Lesson


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody, asked in one query."""

    running_sitting: str | None
    sitting_ends: datetime | None
    held_unit: int | None
    returned: int
    reviews: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: what, why, and the button."""

    title: str
    text: str
    href: str
    action: str
    icon: str


def init_app(app: Flask) -> None:
    app.add_url_rule("/", endpoint="home", view_func=index)


def index() -> str:
    """The promise in one minute, or the person's desk."""
    if current_user.is_authenticated:
        return desk(cast(User, current_user), now())
    return render_template(
        "home.html", courses=_courses(COURSES_SHOWN), cards=_project_cards({}), per_hour=pay_per_hour
    )


def desk(viewer: User, moment: datetime) -> str:
    """What next, and everything that is open to this person."""
    held = held_levels(viewer.id, moment)
    going = course_of(viewer)
    waiting, meeting = what_waits(viewer, moment), on_now(viewer, moment)
    cards = _project_cards(held)
    courses = [] if going else _courses(COURSES_SHOWN)
    steps = [*_pressing(waiting, meeting), *_teaching(viewer), *next_steps(going, held, cards, courses)]
    return render_template(
        "desk.html",
        first=steps[0],
        more=steps[1:],
        going=going,
        held=held,
        way=my_way(going, held),
        opened=[card for card in cards if not card.missing],
        locked=[card for card in cards if card.missing],
        courses=courses,
        per_hour=pay_per_hour,
    )


def next_steps(
    going: Going | None, held: dict[str, int], cards: Sequence[Card], courses: Sequence[Course]
) -> Iterator[NextStep]:
    """What this person could do now, the most useful first; there is always something."""
    if going and not going.progress.complete:
        yield NextStep(
            pick(going.course.title),
            going.words,
            url_for("courses.learning.lesson", slug=going.course.slug, lesson_slug=going.resume.slug),
            _("Go on: %(title)s", title=pick(going.resume.title)),
            "book",
        )
    if going and going.progress.complete and not held:
        yield NextStep(
            _("You are ready for the exam"),
            _("The course is done. The exam shows what you can do, and its badge opens better paid projects."),
            url_for("exams.bank.index"),
            _("See the exams"),
            "exam",
        )
    if held and any(not card.missing for card in cards):
        yield NextStep(
            _("Projects are open to you"),
            _("Choose one and label at your own pace. You are paid for each picture that is accepted."),
            url_for("academy.projects.index"),
            _("See the projects"),
            "coin",
        )
    if courses:
        yield NextStep(
            pick(courses[0].title),
            _("The first course. It starts with what labelling is, and soon you draw your first box."),
            url_for("courses.catalogue.show", slug=courses[0].slug),
            _("Look at the course"),
            "book",
        )
    yield NextStep(
        _("Practise on one picture"),
        _("Two minutes are enough to stay in form."),
        url_for("courses.practice.trial"),
        _("Try one picture"),
        "box",
    )


def _pressing(waiting: Waiting, meeting: Meeting | None) -> Iterator[NextStep]:
    """What has a clock or another person waiting for it."""
    if waiting.running_sitting and waiting.sitting_ends:
        yield NextStep(
            _("Your exam is running"),
            _("It ends at %(time)s. All your saved answers are there.", time=clock_time(waiting.sitting_ends)),
            url_for("exams.sittings.paper", public_id=waiting.running_sitting),
            _("Back to the paper"),
            "clock",
        )
    if meeting is not None:
        yield NextStep(
            meeting.cohort.title,
            _(
                "Your class meets from %(start)s to %(end)s. Check in with the digits from the board.",
                start=clock_time(meeting.starts_at, meeting.zone),
                end=clock_time(meeting.ends_at, meeting.zone),
            ),
            url_for("courses.cohorts.show", cohort_id=meeting.cohort_id),
            _("To the class"),
            "people",
        )
    yield from _on_the_desk(waiting)


def _on_the_desk(waiting: Waiting) -> Iterator[NextStep]:
    """Work that came back, is held, or is to be reviewed."""
    if waiting.returned:
        yield NextStep(
            ngettext("%(num)s picture came back", "%(num)s pictures came back", waiting.returned),
            _("The reviewer wrote down why. Fixed work is paid like any other."),
            url_for("academy.projects.mine"),
            _("Fix it now"),
            "undo",
        )
    if waiting.held_unit is not None:
        yield NextStep(
            _("A picture is on your desk"),
            _("It is kept for you for a while. What you have drawn so far is still there."),
            url_for("academy.projects.unit", unit_id=waiting.held_unit),
            _("Go on with the picture"),
            "picture",
        )
    if waiting.reviews:
        many = f"{MOST_COUNTED - 1}+" if waiting.reviews >= MOST_COUNTED else str(waiting.reviews)
        yield NextStep(
            _("Work waits for a reviewer"),
            _("Pictures to look at: %(many)s", many=many),
            url_for("academy.projects.desk"),
            _("To the review desk"),
            "eye",
        )


def _teaching(viewer: User) -> Iterator[NextStep]:
    """Whoever teaches looks after a class before taking a course."""
    if places(viewer, Permission.TEACH, CENTRE) or viewer.may_in(Permission.TEACH, EVERYWHERE):
        yield NextStep(
            _("My classes"),
            _("Show the digits, and see who is here and how far each is."),
            url_for("courses.cohorts.index"),
            _("To my classes"),
            "people",
        )


def my_way(going: Going | None, held: dict[str, int]) -> list[dict[str, str]]:
    """The way from the first lesson to the first pay, with where this person is."""
    learnt = bool(going and going.progress.complete)
    done = (learnt or bool(held), learnt or bool(held), bool(held), False)
    here = done.index(False)
    words = (
        (_("Learn"), _("Free courses, a few minutes at a time."), url_for("courses.catalogue.index")),
        (_("Practise"), _("Pictures with an answer at once."), url_for("courses.catalogue.index")),
        (_("Pass the exam"), _("Your badge, which anybody can check."), url_for("exams.bank.index")),
        (_("Earn"), _("Projects that your badges open."), url_for("academy.projects.index")),
    )
    states = ["done" if passed else "now" if place == here else "open" for place, passed in enumerate(done)]
    return [
        {"title": title, "text": text, "href": href, "state": state}
        for (title, text, href), state in zip(words, states, strict=True)
    ]


def course_of(viewer: User) -> Going | None:
    """The course this person began last; without what only a lesson's own page needs."""
    query = (
        select(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(Enrolment.user_id == viewer.id, Course.published_at.is_not(None))
        .options(selectinload(Course.lessons).selectinload(Lesson.steps).options(*_PLAN_ONLY))
        .order_by(Enrolment.id.desc())
        .limit(1)
    )
    course = db.session.scalars(query).one_or_none()
    if course is None or not course.lessons:
        return None
    far = progress(viewer, course)
    resume = next((lesson for lesson in course.lessons if lesson.id == far.resume_at), course.lessons[0])
    return Going(course, far, progress_words(far), resume)


_PLAN_ONLY = (lazyload(Step.asked), lazyload(Step.task_set))


def _courses(most: int) -> Sequence[Course]:
    """What there is to learn, in the order it was published: the starter course first."""
    return db.session.scalars(
        select(Course)
        .where(Course.published_at.is_not(None))
        .options(selectinload(Course.lessons).lazyload(Lesson.steps))
        .order_by(Course.published_at, Course.id)
        .limit(most)
    ).all()


def _project_cards(held: dict[str, int]) -> list[Card]:
    """Running projects, those that are open to this person first."""
    projects = db.session.scalars(
        select(Project)
        .where(Project.state == ProjectState.OPEN)
        .options(joinedload(Project.tally), selectinload(Project.requirements))
        .order_by(Project.id.desc())
        .limit(PROJECTS_SHOWN)
    ).all()
    return sorted((Card(project, needs_of(project, held)) for project in projects), key=lambda card: len(card.missing))


def what_waits(viewer: User, moment: datetime) -> Waiting:
    """One query for everything that may be waiting."""
    running = (
        select(Sitting.public_id, Sitting.deadline_at)
        .where(own(viewer), Sitting.closed_at.is_(None), Sitting.deadline_at > moment)
        .order_by(Sitting.id)
        .limit(1)
        .subquery()
    )
    leased = (
        select(Lease.unit_id)
        .where(Lease.labeler_id == viewer.id, Lease.ended_at.is_(None), Lease.expires_at > moment)
        .order_by(Lease.id)
        .limit(1)
    )
    returned = (
        select(func.count()).select_from(Unit).where(Unit.labeler_id == viewer.id, Unit.state == UnitState.RETURNED)
    )
    open_reviews = (
        select(Review.id)
        .where(Review.decided_at.is_(None), reviewable_by(viewer, moment))
        .limit(MOST_COUNTED)
        .subquery()
    )
    reviews = select(func.count()).select_from(open_reviews)
    row = db.session.execute(
        select(
            select(running.c.public_id).scalar_subquery(),
            select(running.c.deadline_at).scalar_subquery(),
            leased.scalar_subquery(),
            returned.scalar_subquery(),
            reviews.scalar_subquery() if viewer.may(Permission.REVIEW) else literal(0),
        )
    ).one()
    return Waiting(*row)
