"""What is past its term goes at night, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, insert, select, update

from academy.accounts.models import SignIn, User
from academy.audit import AuditEvent
from academy.clock import now
from academy.config import WrongSetting, read_settings
from academy.db import APPEND_ONLY, db, transaction
from academy.jobs import Job, JobState, do_minute_work, request_job
from academy.ledger import operations as ledger
from academy.ledger.models import Entry, LedgerAccount, Posting
from academy.ledger.queries import check_books, earnings_of, statement
from academy.ledger.rules import EntryKind
from academy.privacy import erasing, jobs
from academy.privacy.finding import mine, table_of
from academy.privacy.forgetting import AGES, BOOKS, forget_what_is_old
from academy.privacy.models import RetentionMark
from academy.privacy.rules import INVENTORY, TERMS, Since
from academy.records import operations as records
from academy.records.models import Record
from courses.practice.models import Attempt
from exams.results.models import Result
from exams.sittings.models import Sitting
from tests import people
from tests.engines import both_engines

LONG_AGO = datetime(2015, 3, 2, 3, tzinfo=UTC)


def counts() -> dict[str, int]:
    db.session.expire_all()
    found = {
        kept.table: db.session.scalar(select(func.count()).select_from(table_of(kept.table))) for kept in INVENTORY
    }
    db.session.rollback()
    return found


def test_every_term_that_is_promised_is_kept():
    """Each table whose days are counted from the row has a moment to count from; the books are drawn together."""
    promised = {kept.table for kept in INVENTORY if kept.term and TERMS[kept.term].since is Since.ROW}
    assert promised == set(AGES) | BOOKS


@pytest.mark.played
@both_engines
def test_a_house_of_today_loses_nothing_tonight(app, world):
    before = counts()
    forget_what_is_old(now())
    assert counts() == before


@pytest.mark.played
@both_engines
def test_in_twenty_years_what_only_had_a_term_is_gone_and_the_rest_stands(app, world):
    before = counts()
    assert before["audit_event"] > 5
    forget_what_is_old(now() + timedelta(days=20 * 365))
    after = counts()
    assert after["audit_event"] == after["sign_in"] == after["data_export"] == 0
    for table in ("identity", "attempt", "sitting", "result", "record", "award", "consent", "submission"):
        assert after[table] == before[table], table  # these people are still here
    assert db.session.scalars(select(RetentionMark)).all() == []


@both_engines
def test_a_living_sign_in_stays_and_one_that_ended_goes_after_its_days(app):
    learner = people.newcomer()
    client = people.sign_in(app.test_client(), learner)
    people.sign_in(app.test_client(), learner)
    newest = select(func.max(SignIn.id)).scalar_subquery()
    with transaction():
        db.session.execute(update(SignIn).where(SignIn.id == newest).values(ended_at=now() - timedelta(days=31)))
    forget_what_is_old(now())
    assert db.session.scalar(select(func.count()).select_from(SignIn)) == 1
    assert client.get("/me").status_code == 200


@both_engines
def test_work_that_waits_or_failed_lately_is_not_forgotten(app):
    with transaction():
        for number, (state, days) in enumerate(((JobState.DONE, 40), (JobState.DONE, 1), (JobState.WAITING, 40))):
            at = now() - timedelta(days=days)
            db.session.add(
                Job(kind="some.work", key=str(number), arguments={}, requested_at=at, due_at=at + timedelta(days=99),
                    state=state, finished_at=at if state is JobState.DONE else None)
            )  # fmt: skip
    forget_what_is_old(now())
    left = db.session.scalars(select(Job.key).where(Job.kind == "some.work").order_by(Job.key)).all()
    assert left == ["1", "2"]


@pytest.mark.played
@both_engines
def test_traces_of_somebody_erased_go_when_their_years_are_over(app, world):
    learner = people.known("김영희")
    with transaction():
        erasing.erase(db.session.get_one(User, learner.id), now() - timedelta(days=TERMS["learning"].days + 1))
    own_attempts = db.session.scalar(select(func.count()).where(Attempt.learner_id == learner.id))
    assert own_attempts
    others = db.session.scalar(select(func.count()).where(Record.user_id != learner.id))
    forget_what_is_old(now())
    assert db.session.scalar(select(func.count()).where(Attempt.learner_id == learner.id)) == 0
    assert db.session.scalar(select(func.count()).where(Record.user_id == learner.id)) == 0
    assert db.session.scalar(select(func.count()).where(Record.user_id != learner.id)) == others
    assert db.session.scalars(select(Sitting).where(Sitting.candidate_id == learner.id)).all()  # five years
    assert db.session.scalars(select(Result)).all()


@pytest.mark.played
@both_engines
def test_after_all_years_nothing_but_the_number_and_the_money_is_left(app, world):
    learner = people.known("김영희")
    with transaction():
        erasing.erase(db.session.get_one(User, learner.id), now())
    forget_what_is_old(now() + timedelta(days=10 * 365))
    left = {
        kept.table
        for kept in INVENTORY
        if db.session.scalar(select(func.count()).select_from(table_of(kept.table)).where(mine(kept, learner.id)))
    }
    assert left <= {"user", "award", "award_event", "unit", "ledger_account", "posting", "entry", "turnover"}
    assert check_books().right


def earn(user_id: int, number: int, at: datetime) -> None:
    with transaction():
        ledger.post(EntryKind.DEPOSIT, f"in:{number}", [("house", -500), ("hold:1", 500)], at)
        ledger.post(
            EntryKind.ACCEPTANCE, f"pay:{number}", [("hold:1", -500), (f"due:{user_id}", 500)], at,
            subject="project:1", about={"title": {"ko": "일", "en": "Work"}},
        )  # fmt: skip


def books_of(user_id: int) -> tuple[object, ...]:
    balances = db.session.execute(select(LedgerAccount.name, LedgerAccount.balance).order_by(LedgerAccount.name)).all()
    return check_books(), earnings_of(user_id), balances


@both_engines
def test_old_books_are_drawn_together_and_balance_to_the_won(app):
    learner = people.newcomer()
    for number in range(6):
        earn(learner.id, number, LONG_AGO + timedelta(days=number))
    earn(learner.id, 99, now())
    before = (
        check_books(),
        earnings_of(learner.id),
        dict(db.session.execute(select(LedgerAccount.name, LedgerAccount.balance)).all()),
    )
    forget_what_is_old(now())
    db.session.expire_all()
    after = (
        check_books(),
        earnings_of(learner.id),
        dict(db.session.execute(select(LedgerAccount.name, LedgerAccount.balance)).all()),
    )
    assert after == before
    assert before[0].right
    kinds = db.session.scalars(select(Entry.kind).order_by(Entry.id)).all()
    assert kinds == [EntryKind.DEPOSIT, EntryKind.ACCEPTANCE, EntryKind.CORRECTION]
    lines = statement(learner.id, after=None).rows
    assert sorted(line.amount for line in lines) == [500, 3000]
    assert db.session.scalar(select(func.min(Posting.amount))) == 500


@both_engines
def test_the_books_of_the_last_five_years_are_not_touched(app):
    earn(people.newcomer().id, 1, now() - timedelta(days=5 * 365))
    forget_what_is_old(now())
    assert db.session.scalars(select(Entry.kind)).all() == [EntryKind.DEPOSIT, EntryKind.ACCEPTANCE]


@both_engines
def test_a_thousand_old_rows_go_in_pieces(app):
    row = {"at": LONG_AGO, "act": "signed up", "subject": "", "detail": {}, "request": ""}
    with transaction():
        db.session.execute(insert(AuditEvent), [row] * 1200)
    assert forget_what_is_old(now()) >= 1200
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.at == LONG_AGO)).all() == []


def test_the_night_comes_once_whoever_wakes_first(app):
    with time_machine.travel(datetime(2026, 11, 22, 17, 59, tzinfo=UTC)):  # 02:59 in Seoul
        do_minute_work()
        do_minute_work()
    with time_machine.travel(datetime(2026, 11, 22, 18, 1, tzinfo=UTC)):
        do_minute_work()
        do_minute_work()
    nights = db.session.scalars(select(Job.key).where(Job.kind == jobs.NIGHTLY).order_by(Job.key)).all()
    assert nights == ["2026-11-22", "2026-11-23"]


def test_what_the_night_did_not_finish_is_tried_again(app):
    with transaction():
        job = request_job(jobs.NIGHTLY, {}, key="again")
    with transaction():
        again = request_job(jobs.NIGHTLY, {}, key="again")
    assert (job.id, again.state) == (again.id, JobState.DONE)


def test_terms_are_a_setting_and_a_wrong_one_stops_the_start(tmp_path):
    chosen = read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_RETENTION": "sign-ins=7"})
    assert chosen.retention["sign-ins"].days == 7
    with pytest.raises(WrongSetting, match="ledger"):
        read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_RETENTION": "ledger=10"})


def test_append_only_tables_are_still_append_only_after_the_night(app):
    learner = people.newcomer()
    with transaction():
        records.note(learner.id, "class joined", "cohort:1", {}, now())
    forget_what_is_old(now())
    assert "record" in APPEND_ONLY
    assert db.session.scalars(select(RetentionMark)).all() == []
