"""Reading which accounts elsewhere open which account here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from academy.accounts.models import User
from academy.accounts.operations import token_hash
from academy.accounts.queries import identity_called
from academy.config import settings
from academy.db import db, one_or_404
from academy.factors import queries as factors
from academy.federation.models import Arrival, FederatedIdentity, RoundTrip
from academy.federation.rules import Person, Provider


def provider_called(name: str) -> Provider | None:
    """The house with this name, if the operator set it up."""
    return next((provider for provider in settings().providers if provider.name == name), None)


def identity_of(person: Person) -> FederatedIdentity | None:
    """Whose account this account of the other house opens: found by the house and its number, never by an address."""
    query = select(FederatedIdentity).where(
        FederatedIdentity.issuer == person.issuer, FederatedIdentity.subject == person.subject
    )
    return db.session.scalars(query).unique().one_or_none()


def identities_of(viewer: User) -> Sequence[FederatedIdentity]:
    """The accounts elsewhere that open the viewer's account, in the order in which they were linked."""
    query = select(FederatedIdentity).where(FederatedIdentity.user_id == viewer.id).order_by(FederatedIdentity.id)
    return db.session.scalars(query).all()


def how_many_of(user_id: int) -> int:
    """How many accounts elsewhere open this one."""
    query = select(func.count()).select_from(FederatedIdentity).where(FederatedIdentity.user_id == user_id)
    return int(db.session.scalar(query) or 0)


def own_identity(viewer: User, identity_id: int) -> FederatedIdentity:
    """One of them; somebody else's does not exist for the viewer."""
    return one_or_404(
        select(FederatedIdentity).where(FederatedIdentity.id == identity_id, FederatedIdentity.user_id == viewer.id)
    )


def arrival_with(token: object, now: datetime) -> Arrival | None:
    """Who came back in the browser that holds this token and has not gone further yet."""
    if not isinstance(token, str):
        return None
    query = select(Arrival).where(Arrival.token_hash == token_hash(token), Arrival.expires_at > now)
    return db.session.scalars(query).one_or_none()


def name_is_free(name: str) -> bool:
    return identity_called(name) is None


def confirms_elsewhere(viewer: User) -> bool:
    """Whether another house's word is the most this person can give: no password here and no second factor."""
    identity = viewer.identity
    return identity is not None and identity.password_hash is None and not factors.has_second(viewer.id)


def something_to_forget(now: datetime) -> bool:
    """Whether a trip or an arrival is past its time."""
    late = select(RoundTrip.id).where(RoundTrip.expires_at <= now)
    stayed = select(Arrival.id).where(Arrival.expires_at <= now)
    return db.session.scalars(late.union_all(stayed).limit(1)).first() is not None
