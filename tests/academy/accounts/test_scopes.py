"""Roles that count in one place count there and nowhere else, from the next click on."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from academy.accounts import managing, operations, scopes
from academy.accounts.models import RoleGrant, User
from academy.accounts.scopes import COURSE, PROJECT, NotYoursToGive, WrongPlace, scope_of
from academy.clock import now
from academy.db import db, transaction
from academy.permissions import EVERYWHERE, Permission, Role
from academy.projects.models import Project, Review, Unit
from courses.catalogue.models import Course
from tests import people
from tests.courses.cohorts.classes import a_course, a_room
from tests.engines import both_engines


def give(user: User, role: Role, scope: str = EVERYWHERE) -> User:
    with transaction():
        operations.grant_role(db.session.get_one(User, user.id), role, None, now(), scope)
    return user


def fresh(user: User) -> User:
    db.session.rollback()
    return db.session.get_one(User, user.id, populate_existing=True)


@both_engines
def test_a_role_in_one_place_counts_there_and_a_role_everywhere_counts_everywhere(app):
    here = fresh(give(people.newcomer(), Role.INSTRUCTOR, "centre:3"))
    assert here.may(Permission.TEACH)
    assert here.may_in(Permission.TEACH, "centre:3")
    assert not here.may_in(Permission.TEACH, "centre:33")
    assert not here.may_in(Permission.TEACH, "course:3")
    assert not here.may_in(Permission.TEACH, EVERYWHERE)
    everywhere = fresh(give(people.candidate(), Role.INSTRUCTOR))
    assert everywhere.may_in(Permission.TEACH, "centre:3")
    assert everywhere.may_in(Permission.TEACH, "centre:33")


def test_what_every_learner_may_do_they_may_everywhere(app):
    somebody = fresh(people.newcomer())
    assert somebody.may_in(Permission.STUDY, "centre:3")
    assert not somebody.may(Permission.TEACH)


@both_engines
def test_one_role_is_held_in_several_places_and_taken_away_in_one(app):
    somebody = people.newcomer()
    for place in ("centre:1", "centre:2", "centre:1"):
        give(somebody, Role.INSTRUCTOR, place)
    with transaction():
        operations.revoke_role(db.session.get_one(User, somebody.id), Role.INSTRUCTOR, None, now(), "centre:1")
    assert fresh(somebody).scopes(Permission.TEACH) == {"centre:2"}


@both_engines
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR])
def test_the_database_itself_refuses_an_administrator_of_one_place(app, role):
    somebody = people.newcomer()
    with pytest.raises(IntegrityError), transaction():
        db.session.add(RoleGrant(user_id=somebody.id, role=role, scope="centre:1", granted_at=now()))


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.ADMINISTRATOR, "centre:1"),
        (Role.OPERATOR, "project:1"),
        (Role.REVIEWER, "centre:1"),
        (Role.CLIENT, "course:1"),
        (Role.INSTRUCTOR, "project:1"),
        (Role.PROGRAMME_MANAGER, "course:1"),
        (Role.LEARNER, EVERYWHERE),
    ],
)
def test_a_role_is_given_only_where_it_can_be_held(app, role, scope):
    admin, somebody = people.administrator(), people.newcomer()
    with pytest.raises(WrongPlace), transaction():
        managing.give(db.session.get_one(User, somebody.id), role, scope, db.session.get_one(User, admin.id), now())


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.INSTRUCTOR, EVERYWHERE),
        (Role.PROGRAMME_MANAGER, EVERYWHERE),
        (Role.INSTRUCTOR, "centre:901"),
        (Role.INSTRUCTOR, "course:900"),
        (Role.REVIEWER, EVERYWHERE),
        (Role.ADMINISTRATOR, EVERYWHERE),
    ],
)
def test_who_leads_a_centre_gives_the_roles_of_that_centre_and_no_others(app, role, scope):
    boss = fresh(people.programme_manager())
    assert scopes.may_give(boss, Role.INSTRUCTOR, people.ELSEWHERE)
    assert scopes.may_give(boss, Role.PROGRAMME_MANAGER, people.ELSEWHERE)
    somebody = people.newcomer()
    with pytest.raises(NotYoursToGive), transaction():
        managing.give(db.session.get_one(User, somebody.id), role, scope, db.session.get_one(User, boss.id), now())


def test_an_instructor_of_a_centre_gives_no_role(app):
    assert not scopes.may_give(fresh(people.instructor()), Role.INSTRUCTOR, people.ELSEWHERE)


# Centres -----------------------------------------------------------------------------------------------------------


@both_engines
def test_an_instructor_everywhere_teaches_every_class(client):
    room = a_room(people.instructor())
    traveller = people.person("Traveller", Role.INSTRUCTOR)
    people.sign_in(client, traveller)
    assert client.get(f"/classes/{room.cohort_id}/board").status_code == 200
    assert client.get(f"/centres/{room.centre_id}").status_code == 200
    assert client.post(f"/centres/{room.centre_id}/staff", data={}).status_code == 403


# Projects ----------------------------------------------------------------------------------------------------------


def _another_project() -> int:
    """A project in which no work waits for a review."""
    waiting = select(Review.project_id).where(Review.decided_at.is_(None))
    return db.session.scalars(select(Project.id).where(Project.id.not_in(waiting)).order_by(Project.id)).first()


@pytest.mark.played
def test_a_reviewer_of_a_project_sees_only_its_reviews(client, world):
    project_id = db.session.scalars(
        select(Unit.project_id).join(Review, Review.project_id == Unit.project_id).where(Review.id == world.open_review)
    ).first()
    here = people.person("Here", Role.REVIEWER, scope=scope_of(PROJECT, project_id))
    elsewhere = people.person("There", Role.REVIEWER, scope=scope_of(PROJECT, _another_project()))
    people.sign_in(client, here)
    assert client.get(f"/reviews/{world.open_review}").status_code == 200
    assert f"/reviews/{world.open_review}" in client.get("/reviews").text
    people.sign_in(client, elsewhere)
    assert f"/reviews/{world.open_review}" not in client.get("/reviews").text
    assert client.get(f"/reviews/{world.open_review}").status_code == 404
    for act in ("accept", "return"):
        assert client.post(f"/reviews/{world.open_review}/{act}").status_code == 404


@pytest.mark.played
def test_a_client_of_a_project_follows_that_one_and_a_client_everywhere_only_their_own(client, world):
    mine = people.person("Client of one", Role.CLIENT, scope=scope_of(PROJECT, world.open_project))
    people.sign_in(client, mine)
    page = client.get("/projects/progress").text
    assert f"/projects/{world.open_project}" in page
    assert f"/projects/{world.locked_project}" not in page
    people.sign_in(client, people.known("Client Co"))
    page = client.get("/projects/progress").text
    assert f"/projects/{world.open_project}" not in page


# Courses -----------------------------------------------------------------------------------------------------------


@both_engines
def test_an_instructor_of_a_course_reads_it_before_it_is_published_and_nobody_else_does(client):
    course_id, other_id = a_course("secret"), a_course("other")
    with transaction():
        for number in (course_id, other_id):
            db.session.get_one(Course, number).published_at = None
    people.sign_in(client, people.person("Author", Role.INSTRUCTOR, scope=scope_of(COURSE, course_id)))
    assert client.get("/courses/secret").status_code == 200
    assert client.get("/courses/secret/lesson-2").status_code == 200
    assert "/courses/secret" in client.get("/courses").text
    assert client.post("/courses/secret/enrol").status_code == 409
    assert client.get("/courses/other").status_code == 404
    for person in (people.newcomer(), people.instructor()):
        people.sign_in(client, person)
        assert client.get("/courses/secret").status_code == 404
        assert client.get("/courses/secret/lesson-1").status_code == 404
        assert "/courses/secret" not in client.get("/courses").text
    client.post("/sign-out")
    assert client.get("/courses/secret").status_code == 404
