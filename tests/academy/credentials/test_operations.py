"""Awarded once, signed once, taken back for good."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from academy.clock import now
from academy.config import settings
from academy.credentials import checking, jobs, operations, queries
from academy.credentials.keys import WrongSecret, new_key, seal, unseal
from academy.credentials.models import Award, AwardEvent, SigningKey, StatusList
from academy.credentials.rules import EventKind, Standing, Verdict
from academy.credentials.status_list import SIZE
from academy.db import db, transaction
from academy.jobs import Job, JobHandle
from academy.records.models import Record
from tests import people
from tests.academy.credentials.awards import SCORE, achievement, award
from tests.engines import both_engines


def reread(given: Award) -> Award:
    db.session.rollback()
    db.session.expire_all()
    return queries.award_public(given.public_id)


@both_engines
def test_a_badge_is_signed_and_verifies_by_its_own_words(app):
    given = reread(award(people.candidate()))
    verification = checking.check(given.credential, now())
    assert verification.verdict is Verdict.VALID
    assert verification.results == (("점수", "87"),)
    assert verification.issuer == "did:web:localhost"
    assert [event.kind for event in given.events] == [EventKind.ISSUED, EventKind.SIGNED]


@both_engines
def test_the_same_cause_awards_once(app):
    user = people.candidate()
    assert award(user).id == award(user).id
    assert db.session.scalar(select(func.count()).select_from(Award)) == 1
    assert db.session.scalar(select(func.count()).select_from(Record).where(Record.kind == "badge issued")) == 1
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == operations.SIGN_AWARD)) == 1


def all_at_once(app, asks):
    """The award ids that came back when everybody asked at the same moment."""
    given, start = [], threading.Barrier(len(asks))

    def ask(user_id, cause):
        with app.app_context():
            start.wait()
            with transaction():
                given.append(operations.issue(user_id, "labeler-2", cause, [SCORE], now()).id)
            db.session.remove()

    threads = [threading.Thread(target=ask, args=arguments) for arguments in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@both_engines
def test_eight_at_once_for_the_same_cause_award_one_badge(app):
    achievement()
    user_id = people.candidate().id
    given = all_at_once(app, [(user_id, "sitting:1")] * 8)
    assert len(given) == 8
    assert len(set(given)) == 1
    assert db.session.scalar(select(func.count()).select_from(Award)) == 1
    assert db.session.scalar(select(func.count()).select_from(AwardEvent)) == 2


@both_engines
def test_the_very_first_badges_of_an_installation_may_come_at_once(app):
    achievement()
    user_id = people.candidate().id
    given = all_at_once(app, [(user_id, f"sitting:{number}") for number in range(6)])
    assert len(set(given)) == 6
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SigningKey)) == 1
    assert db.session.scalar(select(func.count()).select_from(StatusList)) == 1
    assert db.session.scalar(select(func.count()).select_from(Award).where(Award.credential.is_(None))) == 0


@both_engines
def test_the_job_signs_exactly_once_however_often_it_runs(app):
    given = reread(award(people.candidate()))
    first = given.credential
    jobs.sign_award(JobHandle(1), given.id)
    with transaction():
        assert not operations.keep_signed(given.id, {"another": "signature"}, now())
    assert reread(given).credential == first


def test_until_it_is_signed_it_counts_and_says_that_it_is_prepared(app, monkeypatch):
    monkeypatch.setattr("academy.jobs.start", lambda job_id: None)
    user = people.candidate()
    given = reread(award(user))
    assert given.credential is None
    assert queries.standing_of(given, now()) is Standing.PREPARING
    assert queries.held_levels(user.id, now()) == {"labeler-2": 2}
    page = app.test_client().get(
        people.path("academy.credentials.verify", public_id=given.public_id), headers={"Accept-Language": "en"}
    )
    assert "is being prepared" in page.text
    assert app.test_client().get(people.path("academy.credentials.image", public_id=given.public_id)).status_code == 404


@both_engines
def test_a_revoked_badge_counts_no_more_and_its_list_says_so(app):
    user, operator = people.candidate(), people.operator()
    given = award(user)
    with transaction():
        operations.revoke(queries.award_public(given.public_id), "Someone else sat the exam.", operator.id, now())
    assert queries.held_levels(user.id, now()) == {}
    given = reread(given)
    assert queries.standing_of(given, now()) is Standing.REVOKED
    assert checking.check(given.credential, now()).verdict is Verdict.INVALID
    assert queries.revoked_places(given.status_list_id) == [given.status_index]
    event = queries.event(given, EventKind.REVOKED)
    assert (event.by_id, event.reason) == (operator.id, "Someone else sat the exam.")
    assert (
        db.session.scalar(select(Record.kind).where(Record.user_id == user.id).order_by(Record.id.desc()))
        == "badge revoked"
    )


@both_engines
def test_a_badge_is_taken_back_once(app):
    operator, given = people.operator(), award(people.candidate())
    for _try in range(2):
        with transaction():
            again = queries.award_public(given.public_id)
            if _try == 0:
                operations.revoke(again, "first", operator.id, now())
            else:
                with pytest.raises(operations.AlreadyRevoked):
                    operations.revoke(again, "second", operator.id, now())


def test_revocation_is_said_at_once_even_before_the_list_is_signed_anew(app, monkeypatch):
    given, operator = award(people.candidate()), people.operator()
    monkeypatch.setattr("academy.jobs.start", lambda job_id: None)
    with transaction():
        operations.revoke(queries.award_public(given.public_id), "A mistake.", operator.id, now())
    verification = checking.check(reread(given).credential, now())
    assert "REVOKED" in {check.finding.name for check in verification.checks}


@both_engines
def test_an_expired_badge_counts_no_more(app):
    user = people.candidate()
    long_ago = now() - timedelta(days=400)
    given = reread(award(user, at=long_ago, valid_days=365))
    assert queries.held_levels(user.id, now()) == {}
    assert queries.held_levels(user.id, long_ago + timedelta(days=364)) == {"labeler-2": 2}
    assert queries.standing_of(given, now()) is Standing.EXPIRED


@both_engines
def test_what_happened_to_an_award_can_not_be_rewritten(app):
    award(people.candidate())
    for statement in ("UPDATE award_event SET reason = 'x'", "DELETE FROM award_event", "DELETE FROM record"):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(text(statement))


@both_engines
def test_badges_share_a_long_list_at_random_places(app):
    user = people.candidate()
    given = [award(user, cause=f"sitting:{number}") for number in range(6)]
    places = [one.status_index for one in given]
    assert len({one.status_list_id for one in given}) == 1
    assert len(set(places)) == 6
    assert all(0 <= place < SIZE for place in places)
    assert places != sorted(places) or max(places) > 1000


def test_a_half_full_list_gives_way_to_a_new_one(app, monkeypatch):
    monkeypatch.setattr(operations, "FULL_AT", 2)
    user = people.candidate()
    given = [award(user, cause=f"sitting:{number}") for number in range(5)]
    assert db.session.scalar(select(func.count()).select_from(StatusList)) == 3
    assert all(checking.check(reread(one).credential, now()).verdict is Verdict.VALID for one in given)


def test_the_recipient_is_another_opaque_id_on_each_badge(app):
    user = people.candidate()
    first, second = (award(user, cause=cause) for cause in ("sitting:1", "sitting:2"))
    assert first.subject != second.subject
    assert user.public_id not in str(reread(first).credential)
    assert user.name not in str(reread(first).credential)


def test_badges_are_issued_in_the_language_of_their_holder(app):
    given = reread(award(people.candidate(language="en")))
    assert given.credential["credentialSubject"]["achievement"]["name"] == "Data labelling level 2"


@pytest.mark.parametrize("address", ["http://academy.example", "http://192.168.0.7:8000"])
def test_without_a_lasting_address_nothing_is_issued(app, monkeypatch, address):
    achievement()
    user = people.candidate()
    changed = _changed(settings(), public_url=address)
    monkeypatch.setitem(app.extensions, "academy.settings", changed)
    with pytest.raises(operations.NoAddressToIssueFrom), transaction():
        operations.issue(user.id, "labeler-2", "sitting:1", [], now())


def _changed(chosen, **changes):
    return type(chosen)(**{name: changes.get(name, getattr(chosen, name)) for name in chosen.__dataclass_fields__})


def test_a_badge_nobody_made_and_a_result_without_a_value_are_refused(app):
    user = people.candidate()
    with pytest.raises(operations.UnknownAchievement), transaction():
        operations.issue(user.id, "nothing", "sitting:1", [], now())
    achievement()
    for result in ({"name": "Score"}, {"name": "Score", "value": 87}, {"value": "87"}, {"name": {}, "value": "87"}):
        with pytest.raises(ValueError, match="A result needs"), transaction():
            operations.issue(user.id, "labeler-2", "sitting:1", [result], now())


def test_the_private_key_is_nowhere_in_the_database_in_clear(app):
    award(people.candidate())
    key = db.session.scalars(select(SigningKey)).one()
    private = unseal(key.sealed, key.name, settings().secret_key)
    assert private.private_bytes_raw().hex() not in key.sealed
    with pytest.raises(WrongSecret):
        unseal(key.sealed, key.name, settings().secret_key + "x")
    with pytest.raises(WrongSecret):
        unseal(key.sealed, "key-2", settings().secret_key)


def test_after_a_new_secret_a_new_key_signs_and_old_badges_stay_good(app, monkeypatch):
    user = people.candidate()
    old = award(user)
    monkeypatch.setitem(
        app.extensions, "academy.settings", _changed(settings(), secret_key="another secret, long enough too")
    )
    new = award(user, cause="sitting:2")
    assert [name for name, _public in queries.published_keys()] == ["key-1", "key-2"]
    assert reread(old).credential["proof"]["verificationMethod"].endswith("#key-1")
    assert reread(new).credential["proof"]["verificationMethod"].endswith("#key-2")
    assert all(checking.check(reread(one).credential, now()).verdict is Verdict.VALID for one in (old, new))


def test_a_sealed_key_comes_back_as_it_went():
    key = new_key()
    assert unseal(seal(key, "key-1", "secret"), "key-1", "secret").private_bytes_raw() == key.private_bytes_raw()


def test_an_existing_achievement_keeps_its_words(app):
    achievement(level=2)
    achievement(level=3)
    assert queries.achievement_named("labeler-2").level == 2


def test_no_signed_award_waits_without_its_event(app):
    given = award(people.candidate())
    signed = db.session.scalar(select(func.count()).select_from(AwardEvent).where(AwardEvent.kind == EventKind.SIGNED))
    assert signed == 1
    assert reread(given).credential is not None
