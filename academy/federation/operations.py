"""Setting out for another house, coming back once, and tying its accounts to ours."""

from datetime import datetime
from secrets import token_urlsafe

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from academy import audit
from academy.accounts import notices, ways_in
from academy.accounts import operations as accounts
from academy.accounts.models import User
from academy.accounts.operations import token_hash
from academy.db import db, for_change
from academy.errors import Conflict
from academy.federation import queries
from academy.federation.models import Arrival, FederatedIdentity, RoundTrip
from academy.federation.rules import ARRIVAL_LASTS, ROUND_TRIP_LASTS, Person, Provider, Purpose, hint_of
from academy.i18n import _l

log = structlog.get_logger("security")
ways_in.register(queries.how_many_of)


class LinkedElsewhere(Conflict):
    """This account of the other house already opens somebody's account here."""

    code = "linked-elsewhere"


class LastWayIn(Conflict):
    """Nothing else would open this account any more."""

    code = "last-way-in"


def set_out(
    provider: Provider, purpose: Purpose, browser: str, user: User | None, target: str | None, now: datetime
) -> tuple[RoundTrip, str]:
    """Somebody leaves for another house; with the trip comes the state that only their browser and the house see."""
    state = token_urlsafe(32)
    trip = RoundTrip(
        state_hash=token_hash(state),
        browser_hash=token_hash(browser),
        provider=provider.name,
        purpose=purpose,
        user_id=user.id if user is not None and purpose is not Purpose.ENTER else None,
        nonce=token_urlsafe(24),
        verifier=token_urlsafe(48),
        next=target or "",
        started_at=now,
        expires_at=now + ROUND_TRIP_LASTS,
    )
    db.session.add(trip)
    db.session.flush()
    return trip, state


def come_back(state: str, browser: str, provider: str, now: datetime) -> RoundTrip | None:
    """The trip that this state ends. It is deleted: a second answer, one in another browser or a late one ends none."""
    query = select(RoundTrip).where(
        RoundTrip.state_hash == token_hash(state),
        RoundTrip.browser_hash == token_hash(browser),
        RoundTrip.provider == provider,
        RoundTrip.expires_at > now,
    )
    trip = db.session.scalars(for_change(query)).one_or_none()
    if trip is not None:
        db.session.delete(trip)
        db.session.flush()
    return trip


def open_with(person: Person, now: datetime) -> User | None:
    """Whose account here this account of the other house opens."""
    identity = queries.identity_of(person)
    if identity is None:
        return None
    identity.used_at = now
    db.session.flush()
    return identity.user


def note_arrival(provider: Provider, person: Person, target: str, now: datetime) -> str:
    """Remember somebody who came back and is not known yet; the token goes into their browser."""
    token = token_urlsafe(32)
    db.session.add(
        Arrival(
            token_hash=token_hash(token),
            provider=provider.name,
            issuer=person.issuer,
            subject=person.subject,
            name=person.name,
            email=person.email,
            email_verified=person.email_verified,
            next=target,
            expires_at=now + ARRIVAL_LASTS,
        )
    )
    db.session.flush()
    return token


def person_of(arrival: Arrival) -> Person:
    return Person(arrival.issuer, arrival.subject, arrival.name, arrival.email, arrival.email_verified)


def sign_up(arrival: Arrival, name: str, email: str | None, language: str, now: datetime) -> User:
    """A new person who comes in through the other house and has no password here. Raises NameTaken, LinkedElsewhere.

    Their address counts as verified only if it is the very one of which the other house says so.
    """
    user = accounts.add_person(name, None, email, language, now)
    if email and arrival.email_verified and email == arrival.email:
        accounts.identity_of(user).email_verified_at = now
    link(user, arrival.provider, person_of(arrival), now)
    end_arrival(arrival)
    return user


def end_arrival(arrival: Arrival) -> None:
    db.session.execute(delete(Arrival).where(Arrival.id == arrival.id))


def link(user: User, provider: str, person: Person, now: datetime) -> FederatedIdentity:
    """From now on the other house's account opens this one. Raises LinkedElsewhere; twice changes nothing."""
    standing = queries.identity_of(person)
    if standing is None:
        try:
            with db.session.begin_nested():
                standing = FederatedIdentity(
                    user_id=user.id, provider=provider, issuer=person.issuer, subject=person.subject,
                    hint=hint_of(person), linked_at=now,
                )  # fmt: skip
                db.session.add(standing)
                db.session.flush()
        except IntegrityError as error:
            raise _linked_elsewhere() from error
        audit.note("sign-in elsewhere linked", by=user.id, about=user.id, detail={"provider": provider}, now=now)
        notices.factor_added(user, _named(provider), now)
        log.info("provider-linked", person=user.public_id, provider=provider)
    if standing.user_id != user.id:
        raise _linked_elsewhere()
    return standing


def _linked_elsewhere() -> LinkedElsewhere:
    return LinkedElsewhere(_l("With this you open another account here already. You can bring the two together."))


def _named(name: str) -> dict[str, str]:
    """A house as a letter names it."""
    provider = queries.provider_called(name)
    return dict(provider.label) if provider else {"en": name.title()}


def unlink(identity: FederatedIdentity, user: User, now: datetime, *, here: str | None = None) -> None:
    """From now on the other house's account opens nothing here; whoever came in with it elsewhere is signed out.

    `here` is the token of the browser in which it is done, which stays signed in. Raises LastWayIn.
    """
    db.session.execute(for_change(select(FederatedIdentity.id).where(FederatedIdentity.user_id == user.id)))
    if ways_in.how_many(user) < 2:
        sentence = _l("This is your only way in. Choose a password or add a passkey first; then you can take it away.")
        raise LastWayIn(sentence)
    db.session.delete(identity)
    accounts.end_sign_ins(user.id, now, but=here)
    audit.note("sign-in elsewhere unlinked", by=user.id, about=user.id, detail={"provider": identity.provider}, now=now)
    notices.factor_removed(user, _named(identity.provider), now)
    log.info("provider-unlinked", person=user.public_id, provider=identity.provider)
    db.session.flush()


def prune(now: datetime) -> None:
    """Forget who set out and never came back, and who came back and went no further."""
    db.session.execute(delete(RoundTrip).where(RoundTrip.expires_at <= now))
    db.session.execute(delete(Arrival).where(Arrival.expires_at <= now))
