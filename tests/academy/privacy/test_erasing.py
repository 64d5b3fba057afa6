"""Whoever asks to be forgotten is found nowhere, and what the law keeps still adds up."""

import json
import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Text, cast, select, text, update
from sqlalchemy.exc import DBAPIError

from academy.accounts import consents
from academy.accounts import operations as accounts
from academy.accounts.consents import Purpose
from academy.accounts.models import Identity, User
from academy.appending import ERASED
from academy.approvals.models import Approval
from academy.audit import AuditEvent
from academy.clock import now
from academy.config import settings
from academy.credentials.models import Award, AwardEvent
from academy.db import APPEND_ONLY, db, transaction
from academy.jobs import Job, request_job
from academy.ledger.queries import check_books
from academy.merging.models import AccountMerge
from academy.permissions import Role
from academy.privacy import erasing, jobs, operations, queries
from academy.privacy.finding import same_person
from academy.privacy.models import ErasureWish, RetentionMark
from academy.privacy.operations import MoneyDue, StillNeeded
from academy.privacy.rules import GRACE
from academy.projects.models import ReviewDecision
from courses.cohorts.models import AttendanceEvent, Seat
from courses.cohorts.operations import correct
from courses.cohorts.rules import Mark
from exams.results.models import Result
from exams.sittings.models import Sitting
from tests import people
from tests.engines import both_engines

NAME, ADDRESS = "표식인물 Zyxwvut", "marked.person.qqq@mail.example"


def ask(user, **more):
    with transaction():
        return operations.ask_to_be_forgotten(db.session.get_one(User, user.id), now(), **more)


def erase(user):
    """As the night does it once the days to think it over have passed."""
    ask(user, give_up_money=True)
    with transaction():
        db.session.execute(update(ErasureWish).values(asked_at=now() - 2 * GRACE, due_at=now() - timedelta(minutes=1)))
    with transaction():
        request_job(jobs.NIGHTLY, {}, key="test")


def everywhere(*needles: str) -> list[str]:
    """Each table and column in which one of these stands, whatever its type, also as JSON writes it."""
    found = []
    needles = (*needles, *(json.dumps(needle)[1:-1] for needle in needles))
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            words = cast(column, Text)
            for needle in needles:
                if db.session.scalar(select(words).where(words.contains(needle, autoescape=True)).limit(1)) is not None:
                    found.append(f"{table.name}.{column.name}")
    db.session.rollback()
    return found


@pytest.fixture
def marked(app, world):
    """The learner of the tour, who has done everything once, under a name that stands nowhere else; others write it
    down wherever words can be written."""
    learner = people.known("김영희")
    with transaction():
        learner = db.session.get_one(User, learner.id)
        identity = db.session.get_one(Identity, learner.id)
        identity.name, identity.name_key, identity.email = NAME, accounts.rules.name_key(NAME), ADDRESS
        consents.say(learner.id, Purpose.CITY_REPORT, True, now())
        teacher = db.session.get_one(User, world.teacher)
        seat = db.session.scalars(select(Seat).where(Seat.learner_id == learner.id)).one()
        meeting = seat.cohort.meetings[0]
        correct(seat, meeting, Mark.EXCUSED, f"{NAME} 님은 병원에 갔습니다", teacher.id, now())
        award = db.session.scalars(select(Award).where(Award.user_id == learner.id)).one()
        award.show_name = True
        reason = f"{NAME} asked at {ADDRESS}"
        db.session.add(AwardEvent(award_id=award.id, kind="revoked", by_id=teacher.id, reason=reason, at=now()))
        db.session.add(
            Approval(kind="badge", subject=f"award:{award.public_id}", about_id=learner.id, detail={}, reason=reason,
                     asked_by=teacher.id, asked_at=now(), expires_at=now() + timedelta(days=7))
        )  # fmt: skip
        operations.ask_for_export(learner, now())
        db.session.add(
            Job(kind="some.work", key="x", arguments={"said": NAME}, requested_by_id=learner.id, requested_at=now(),
                due_at=now() + timedelta(days=9), state="waiting")
        )  # fmt: skip
    people.sign_in(app.test_client(), learner)
    return learner


@pytest.mark.played
@both_engines
def test_a_name_is_found_nowhere_after_the_erasure(app, world, marked, caplog):
    assert {
        "identity.name",
        "identity.email",
        "attendance_event.reason",
        "award_event.reason",
        "job.arguments",
        "approval.reason",
    } <= set(everywhere(NAME, ADDRESS))
    caplog.set_level(logging.DEBUG)
    erase(marked)
    assert everywhere(NAME, ADDRESS, "Zyxwvut", "marked.person") == []
    assert "Zyxwvut" not in caplog.text
    assert "marked.person" not in caplog.text
    for path in settings().data_dir.rglob("*"):
        if path.is_file() and path.suffix not in {".db", ".db-wal", ".db-shm"}:
            assert b"Zyxwvut" not in path.read_bytes(), path
    assert not list((settings().media_dir / "exports").glob("*"))


@pytest.mark.played
@both_engines
def test_books_and_exam_records_are_as_good_as_before(app, world, marked):
    results = db.session.execute(select(Result.sitting_id, Result.score, Result.passed)).all()
    entries = check_books()
    erase(marked)
    assert check_books() == entries
    assert check_books().right
    assert db.session.execute(select(Result.sitting_id, Result.score, Result.passed)).all() == results
    sitting = db.session.scalars(select(Sitting).where(Sitting.public_id == world.passed_sitting)).one()
    assert sitting.candidate_id == marked.id
    assert db.session.scalars(select(ReviewDecision)).first() is not None


@pytest.mark.played
@both_engines
def test_of_an_attendance_only_the_words_are_blanked(app, world, marked):
    before = db.session.execute(select(AttendanceEvent.id, AttendanceEvent.mark, AttendanceEvent.at)).all()
    erase(marked)
    assert db.session.execute(select(AttendanceEvent.id, AttendanceEvent.mark, AttendanceEvent.at)).all() == before
    assert set(db.session.scalars(select(AttendanceEvent.reason))) <= {"", ERASED}
    assert db.session.scalars(select(RetentionMark)).all() == []


@pytest.mark.played
def test_a_badge_can_still_be_checked_and_shows_no_name(app, world, marked, client):
    erase(marked)
    page = client.get(people.path("academy.credentials.verify", public_id=world.badge))
    assert page.status_code == 200
    assert NAME not in page.get_data(as_text=True)


@pytest.mark.played
def test_the_pages_of_others_bear_it_when_somebody_is_gone(app, world, marked):
    erase(marked)
    for name, endpoint, values in (
        ("행복센터 강사", "courses.cohorts.board", {"cohort_id": world.cohort}),
        ("정검수", "academy.projects.desk", {}),
        ("운영자", "academy.credentials.issued", {}),
        ("관리자", "academy.accounts.people", {}),
    ):
        client = people.sign_in(app.test_client(), people.known(name))
        assert client.get(people.path(endpoint, **values)).status_code == 200, endpoint


@pytest.mark.played
def test_whoever_was_erased_can_not_come_in_and_the_name_is_free_again(app, world, marked):
    client = people.sign_in(app.test_client(), marked)
    erase(marked)
    assert client.get("/me").status_code == 302
    people.person(NAME)


@pytest.mark.played
def test_the_erasure_itself_is_written_down_without_a_name(app, world, marked):
    erase(marked)
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.about_id == marked.id)).all()
    assert {"erasure asked", "account erased"} <= set(acts)


@both_engines
def test_nothing_happens_before_the_days_have_passed(app):
    learner = people.newcomer()
    ask(learner)
    with transaction():
        request_job(jobs.NIGHTLY, {}, key="test")
    db.session.expire_all()
    assert db.session.get_one(User, learner.id).erased_at is None
    assert db.session.get_one(User, learner.id).leaving_at is not None


@both_engines
def test_whoever_thinks_better_of_it_stays(app):
    learner = people.newcomer()
    ask(learner)
    with transaction():
        assert operations.think_better_of_it(db.session.get_one(User, learner.id), now())
        db.session.execute(update(ErasureWish).values(asked_at=now() - 2 * GRACE, due_at=now() - timedelta(minutes=1)))
    with transaction():
        request_job(jobs.NIGHTLY, {}, key="test")
    db.session.expire_all()
    assert db.session.get_one(User, learner.id).name == "김영희"
    assert queries.wish_of(learner.id) is None


def test_asking_twice_is_asking_once(app):
    learner = people.newcomer()
    assert ask(learner).id == ask(learner).id


def test_the_last_administrator_can_not_leave(app):
    chief = people.administrator()
    with pytest.raises(StillNeeded):
        ask(chief)
    other = people.person("또 다른 관리자", Role.ADMINISTRATOR)
    assert ask(chief).done_at is None
    with pytest.raises(StillNeeded):  # the first is on the way out
        ask(other)


@both_engines
def test_who_takes_a_common_word_for_a_name_takes_no_words_of_others_along(app):
    operator, leaver = people.operator(), people.person("cheat")
    with transaction():
        db.session.add(
            Approval(kind="badge", subject="award:1", detail={}, reason="a cheat", answer="cheat, indeed",
                     asked_by=operator.id, asked_at=now(), expires_at=now() + GRACE)
        )  # fmt: skip
    with transaction():
        erasing.erase(db.session.get_one(User, leaver.id), now())
    kept = db.session.scalars(select(Approval)).one()
    assert (kept.reason, kept.answer) == ("a cheat", "cheat, indeed")


@pytest.mark.played
def test_money_that_is_due_is_given_up_only_by_saying_so(app, world):
    learner = people.known("김영희")
    with pytest.raises(MoneyDue):
        ask(learner)
    assert ask(learner, give_up_money=True).done_at is None


@both_engines
def test_an_append_only_table_lets_nothing_go_without_a_mark(app):
    people.newcomer()
    assert {"audit_event", "attendance_event", "posting"} <= APPEND_ONLY
    for statement in ("DELETE FROM audit_event", "UPDATE audit_event SET act = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


def under_a_mark(name: str, act: str, before: datetime, statement: str) -> None:
    with transaction():
        db.session.add(RetentionMark(name=name, act=act, before=before))
        db.session.flush()
        db.session.execute(text(statement))


@both_engines
def test_under_a_mark_only_what_is_older_goes(app):
    people.newcomer()
    with pytest.raises(DBAPIError, match="append-only"):
        under_a_mark("audit_event", "delete", now() - timedelta(days=1), "DELETE FROM audit_event")
    under_a_mark("audit_event", "delete", now() + timedelta(days=1), "DELETE FROM audit_event")


@pytest.mark.played
@both_engines
def test_under_a_mark_for_words_nothing_else_can_be_changed(app, world):
    changes = (
        "mark = 'late', reason = '—'",
        "reason = 'something nicer'",
        "at = at, seat_id = seat_id + 1, reason = '—'",
    )
    with transaction():
        teacher, seat = world.teacher, db.session.scalars(select(Seat)).first()
        correct(seat, seat.cohort.meetings[0], Mark.EXCUSED, "for a test", teacher, now())
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            under_a_mark("attendance_event", "blank", now(), f"UPDATE attendance_event SET {change}")
    under_a_mark("attendance_event", "blank", now(), "UPDATE attendance_event SET reason = '—'")


@both_engines
def test_an_account_that_was_emptied_into_this_one_is_forgotten_and_copied_with_it(app):
    kept, emptied = people.newcomer(), people.outsider()
    with transaction():
        consents.say(emptied.id, Purpose.CITY_REPORT, True, now())
        db.session.add(AccountMerge(emptied_id=emptied.id, kept_id=kept.id, moved={}, at=now()))
    assert same_person(kept.id) == [kept.id, emptied.id]
    assert same_person(emptied.id) == [emptied.id]
    erase(kept)
    db.session.expire_all()
    assert all(db.session.get_one(User, number).erased_at for number in (kept.id, emptied.id))
    assert everywhere("Outsider", "김영희") == []
