"""Signing, in the background: it takes about 15 ms, too long to hold up whoever passed an exam."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from academy.clock import now
from academy.config import settings
from academy.credentials import operations, queries, status_list
from academy.credentials.models import Award, StatusList
from academy.credentials.openbadge import Badge, Result, compose
from academy.credentials.proof import sign
from academy.credentials.rules import Addresses
from academy.db import db, for_change, transaction
from academy.jobs import JobHandle, job

ISSUER_NAME = "Labeler Academy"


@job(operations.SIGN_AWARD)
def sign_award(handle: JobHandle, award_id: int) -> None:
    """Sign one award, once. A worker that comes second finds it signed and leaves."""
    with transaction():
        key, private = operations.ready_key(now())
    award = queries.award_to_sign(award_id)
    if award is None:
        return
    addresses = Addresses(settings().public_url)
    at = now()
    credential = sign(compose(badge_of(award, addresses)), private, method=f"{addresses.did}#{key.name}", created=at)
    with transaction():
        operations.keep_signed(award_id, credential, at)


@job(operations.SIGN_LIST)
def sign_list(handle: JobHandle, list_id: int) -> None:
    """Sign the list as it is now. The row is held meanwhile, so that an older picture never replaces a newer one."""
    addresses = Addresses(settings().public_url)
    at = now()
    with transaction():
        key, private = operations.ready_key(at)
        found = db.session.execute(for_change(select(StatusList).where(StatusList.id == list_id))).scalar_one()
        document = status_list.credential(
            addresses.status_list(found.number), addresses.did, queries.revoked_places(list_id), at
        )
        found.credential = sign(document, private, method=f"{addresses.did}#{key.name}", created=at)
        found.signed_at = at


def badge_of(award: Award, addresses: Addresses) -> Badge:
    """The award as a credential says it, in the language its holder had."""
    achievement = award.achievement
    return Badge(
        id=addresses.badge(award.public_id),
        issuer=addresses.did,
        issuer_name=ISSUER_NAME,
        issuer_url=addresses.public_url,
        subject=award.subject,
        achievement=addresses.achievement(achievement.slug),
        achievement_kind=achievement.kind.open_badges,
        name=_in(award.language, achievement.title),
        description=_in(award.language, achievement.description),
        criteria=_in(award.language, achievement.criteria),
        language=award.language,
        valid_from=award.valid_from,
        valid_until=award.valid_until,
        image=addresses.image(award.public_id),
        results=tuple(_results(award.language, award.results)),
        status=status_list.entry(addresses.status_list(award.status_list.number), award.status_index),
    )


def _results(language: str, results: Iterable[Mapping[str, Any]]) -> Iterable[Result]:
    for result in results:
        yield Result(
            name=_in(language, result["name"]),
            value=result["value"],
            kind=result.get("type", "Result"),
            lowest=result.get("min", ""),
            highest=result.get("max", ""),
            needed=result.get("required", ""),
        )


def _in(language: str, text: Mapping[str, str] | str) -> str:
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("ko") or next(iter(text.values()), "")
