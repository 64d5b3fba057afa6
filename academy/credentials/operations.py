"""Awarding badges and taking them back. The decision is a row; signing is done after it, by a job."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from academy.accounts.mailing import recipient_of
from academy.accounts.models import User
from academy.config import settings
from academy.credentials import keys, letters
from academy.credentials.models import Achievement, Award, AwardEvent, SigningKey, StatusList
from academy.credentials.proof import multikey
from academy.credentials.rules import AchievementKind, EventKind, may_issue, problem_with
from academy.credentials.status_list import SIZE
from academy.db import db, for_change, guarded
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.jobs import request_job
from academy.mail import operations as mail
from academy.mail.addresses import public_link
from academy.records import operations as records

SIGN_AWARD = "credentials.sign_award"
SIGN_LIST = "credentials.sign_list"

FULL_AT = SIZE // 2
"""A list takes badges until half its places are used, so that a random free one is found at once."""


class NoAddressToIssueFrom(Refused):
    """A badge names its issuer for ever, so the installation needs its lasting address first."""

    code = "no-issuer-address"


class UnknownAchievement(Refused):
    """There is no badge of that name."""

    code = "unknown-achievement"


class AlreadyRevoked(Conflict):
    """Taken back before, perhaps by somebody else."""

    code = "already-revoked"


def ensure_achievement(
    slug: str,
    *,
    title: Mapping[str, str],
    description: Mapping[str, str],
    criteria: Mapping[str, str],
    kind: AchievementKind | str,
    level: int,
    valid_days: int | None = None,
) -> Achievement:
    """The badge of this name, made if there is none; an existing one keeps its words."""
    found = db.session.scalar(select(Achievement).where(Achievement.slug == slug))
    if found is None:
        found = Achievement(
            slug=slug, title=dict(title), description=dict(description), criteria=dict(criteria),
            kind=AchievementKind(kind), level=level, valid_days=valid_days,
        )  # fmt: skip
        db.session.add(found)
        db.session.flush()
    return found


def issue(
    user_id: int, achievement_slug: str, cause: str, results: Sequence[Mapping[str, Any]], now: datetime
) -> Award:
    """Award a badge for one cause (`sitting:42`); asking again for the same cause gives the same award.

    `results` are what was measured: {"name": text or {"ko", "en"}, "value": text, "type": "Percent", "min", "max",
    "required"}; name and value are needed.
    """
    if not may_issue(settings().public_url):
        raise NoAddressToIssueFrom(
            _l("Badges can not be issued yet: this installation needs its https address first. Nothing is lost.")
        )
    found = _awarded_for(cause)
    if found is not None:
        return found
    for result in results:
        problem = problem_with(result)
        if problem:
            raise ValueError(problem)
    achievement = db.session.scalar(select(Achievement).where(Achievement.slug == achievement_slug))
    if achievement is None:
        raise UnknownAchievement(_l("There is no such badge."))
    try:
        with db.session.begin_nested():
            award = _new_award(user_id, achievement, cause, results, now)
    except IntegrityError:
        found = _awarded_for(cause)
        if found is None:
            raise
        return found
    db.session.add(AwardEvent(award_id=award.id, kind=EventKind.ISSUED, at=now))
    about = {"title": achievement.title, "achievement": achievement.slug, "level": achievement.level}
    records.note(user_id, "badge issued", f"award:{award.public_id}", about, now)
    request_job(SIGN_AWARD, {"award_id": award.id}, key=f"award:{award.id}", by=user_id)
    _write_to_holder(award, now)
    return award


def _write_to_holder(award: Award, now: datetime) -> None:
    to = recipient_of(db.session.get_one(User, award.user_id))
    if to is not None:
        link = public_link("academy.credentials.verify", public_id=award.public_id)
        words = {"badge": award.achievement.title, "link": link}
        mail.send(letters.ISSUED.name, to=to, words=words, now=now, key=f"award:{award.public_id}")


def _awarded_for(cause: str) -> Award | None:
    return db.session.scalar(select(Award).where(Award.cause == cause))


def _new_award(
    user_id: int, achievement: Achievement, cause: str, results: Sequence[Mapping[str, Any]], now: datetime
) -> Award:
    status_list = _list_with_room()
    holder = db.session.get_one(User, user_id)
    start = now.replace(microsecond=0)
    award = Award(
        public_id=secrets.token_urlsafe(16),
        user_id=user_id,
        achievement=achievement,
        cause=cause,
        subject=f"urn:uuid:{uuid4()}",
        language=holder.language,
        results=[dict(result) for result in results],
        status_list_id=status_list.id,
        status_index=_free_place(status_list),
        valid_from=start,
        valid_until=start + timedelta(days=achievement.valid_days) if achievement.valid_days else None,
    )
    db.session.add(award)
    db.session.flush()
    return award


def _list_with_room() -> StatusList:
    """The newest list, held until the transaction ends; a new one when it is half full."""
    newest = _newest_list()
    if newest is not None:
        used = db.session.scalar(select(func.count()).select_from(Award).where(Award.status_list_id == newest.id)) or 0
        if used < FULL_AT:
            return newest
    try:
        with db.session.begin_nested():
            fresh = StatusList(number=newest.number + 1 if newest else 1)
            db.session.add(fresh)
    except IntegrityError:  # somebody began the same list at the same moment
        begun = _newest_list()
        if begun is None:
            raise
        return begun
    request_job(SIGN_LIST, {"list_id": fresh.id}, key=f"list:{fresh.id}:new")
    return fresh


def _newest_list() -> StatusList | None:
    found: StatusList | None = db.session.scalar(
        for_change(select(StatusList).order_by(StatusList.number.desc()).limit(1))
    )
    return found


def _free_place(status_list: StatusList) -> int:
    """A random place that nobody has, so that neighbours tell nothing about who was awarded when."""
    while True:
        place = secrets.randbelow(SIZE)
        taken = select(Award.id).where(Award.status_list_id == status_list.id, Award.status_index == place)
        if db.session.scalar(taken) is None:
            return place


def revoke(award: Award, reason: str, by_user_id: int, now: datetime) -> None:
    """Take a badge back, with a reason its holder can read. It no longer counts from the next request on."""
    if not reason.strip():
        raise ValueError("A badge is never taken back without a reason.")
    try:
        with db.session.begin_nested():
            db.session.add(
                AwardEvent(award_id=award.id, kind=EventKind.REVOKED, by_id=by_user_id, reason=reason, at=now)
            )
    except IntegrityError as error:
        raise AlreadyRevoked(_l("This badge was taken back before.")) from error
    about = {"title": award.achievement.title, "achievement": award.achievement.slug, "note": reason}
    records.note(award.user_id, "badge revoked", f"award:{award.public_id}", about, now)
    request_job(
        SIGN_LIST, {"list_id": award.status_list_id}, key=f"list:{award.status_list_id}:award:{award.id}", by=by_user_id
    )


def show_name(award: Award, shown: bool) -> None:
    """Whether the badge's public page names its holder: theirs to choose."""
    award.show_name = shown
    db.session.flush()


def ready_key(now: datetime) -> tuple[SigningKey, Ed25519PrivateKey]:
    """The newest key that opens with our secret; a new one if there is none (its elders stay published)."""
    known = _known_keys()
    found = _that_opens(known)
    if found is not None:
        return found
    private = keys.new_key()
    # Numbered by the keys that were looked at: of two makers who saw the same keys, one meets the unique name.
    name = f"key-{len(known) + 1}"
    fresh = SigningKey(
        name=name,
        public=multikey(private.public_key()),
        sealed=keys.seal(private, name, settings().secret_key),
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(fresh)
    except IntegrityError:  # somebody made the same key at the same moment
        found = _that_opens(_known_keys())
        if found is None:
            raise
        return found
    return fresh, private


def _known_keys() -> Sequence[SigningKey]:
    return db.session.scalars(select(SigningKey).order_by(SigningKey.id.desc())).all()


def _that_opens(known: Sequence[SigningKey]) -> tuple[SigningKey, Ed25519PrivateKey] | None:
    for key in known:
        try:
            return key, keys.unseal(key.sealed, key.name, settings().secret_key)
        except keys.WrongSecret:
            continue
    return None


def keep_signed(award_id: int, credential: Mapping[str, Any], now: datetime) -> bool:
    """Keep the signed badge unless one is kept already; a badge has one signature for ever."""
    kept = guarded(
        update(Award).where(Award.id == award_id, Award.credential.is_(None)).values(credential=dict(credential))
    )
    if kept:
        db.session.add(AwardEvent(award_id=award_id, kind=EventKind.SIGNED, at=now))
        db.session.flush()
    return bool(kept)
