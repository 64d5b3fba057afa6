import base64
import json
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from academy import audit
from academy.accounts.models import Identity, User
from academy.audit import AuditEvent
from academy.clock import now
from academy.db import ChangeOutsideTransaction, after_commit, db, for_change, guarded, page_by_key, transaction
from tests import people
from tests.engines import both_engines


@both_engines
def test_what_a_transaction_did_is_kept_and_what_a_failed_one_did_is_not(app):
    user = people.newcomer()

    def change_and_fail() -> None:
        with transaction():
            db.session.get(User, user.id).language = "en"
            db.session.flush()
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        change_and_fail()
    db.session.expire_all()
    assert db.session.get(User, user.id).language == "ko"


@both_engines
def test_rows_can_not_be_changed_outside_a_transaction(app):
    user = people.newcomer()
    user.language = "en"
    with pytest.raises(ChangeOutsideTransaction):
        db.session.flush()
    db.session.rollback()


@both_engines
def test_callbacks_run_only_once_the_change_is_durable(app):
    ran = []
    with transaction():
        after_commit(lambda: ran.append("kept"))
        assert ran == []

    def promise_and_fail() -> None:
        with transaction():
            after_commit(lambda: ran.append("lost"))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        promise_and_fail()
    assert ran == ["kept"]


@both_engines
def test_eight_threads_of_forty_increments_lose_none(app):
    user = people.newcomer()
    with transaction():
        db.session.get(Identity, user.id).email = "0"

    def add() -> None:
        with app.app_context():
            for _ in range(40):
                with transaction():
                    row = db.session.scalars(for_change(select(Identity).where(Identity.user_id == user.id))).one()
                    row.email = str(int(row.email or 0) + 1)
            db.session.remove()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    db.session.rollback()
    assert db.session.get(Identity, user.id).email == "320"


@both_engines
def test_a_guarded_update_tells_that_somebody_was_faster(app):
    user = people.newcomer()
    claim = update(User).where(User.id == user.id, User.erased_at.is_(None)).values(erased_at=now())
    with transaction():
        assert guarded(claim) == 1
    with transaction():
        assert guarded(claim) == 0


@both_engines
def test_the_database_itself_refuses_to_edit_what_is_append_only(app):
    user = people.newcomer()
    with transaction():
        audit.note("tried", by=user.id, now=now())
    for statement in ("UPDATE audit_event SET act = 'other'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


@both_engines
def test_pages_by_key_show_every_row_once(app):
    user = people.newcomer()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction():
        for number in range(45):
            # Three rows share each instant: the second column of the key tells them apart.
            audit.note(str(number), by=user.id, now=start + timedelta(hours=number // 3))
    seen, after = [], None
    while True:
        counted = select(AuditEvent).where(AuditEvent.act != "signed up")
        page = page_by_key(counted, AuditEvent.at, AuditEvent.id, after=after, size=10)
        seen += [row.act for row in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(seen, key=int) == [str(number) for number in range(45)]
    assert len(seen) == 45


@pytest.mark.parametrize("key", ["x", "!!!", "W10", "WzFd", "bnVsbA", "W3sidCI6MX0sMV0", "a" * 5000])
def test_a_page_key_that_can_not_be_read_begins_at_the_beginning(app, key):
    assert page_by_key(select(AuditEvent), AuditEvent.at, AuditEvent.id, after=key).rows == []


@both_engines
@pytest.mark.parametrize(
    "values",
    [["x", "y"], ["2026-11-22", 1], [{"t": "2026-11-22"}, "1"], [{"t": "2026-11-22"}, 1.5],
     [{"t": "2026-11-22"}, 2**63], [{"t": "0001-01-01T00:00:00+14:00"}, 1], {"t": 1, "u": 2}],
    ids=["texts", "a text for an instant", "a text for a number", "half a number", "too large", "before time", "names"],
)  # fmt: skip
def test_a_page_key_of_other_kinds_begins_at_the_beginning(app, values):
    key = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    assert page_by_key(select(AuditEvent), AuditEvent.at, AuditEvent.id, after=key).rows == []


@both_engines
def test_instants_come_back_in_utc_whatever_zone_they_were_written_in(app):
    user = people.newcomer()
    noon_in_seoul = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=9)))
    with transaction():
        db.session.get(User, user.id).created_at = noon_in_seoul
    db.session.expire_all()
    assert db.session.get(User, user.id).created_at == datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_sqlite_keeps_every_acknowledged_write_on_disk(app):
    for pragma, value in {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}.items():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_reading_never_takes_the_write_lock(app):
    people.newcomer()
    db.session.scalars(select(User)).all()
    done = []

    def write() -> None:
        with app.app_context():
            with transaction():
                db.session.add(User(language="en"))
            done.append(True)
            db.session.remove()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(timeout=5)
    assert done == [True]
