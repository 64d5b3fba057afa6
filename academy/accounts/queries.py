"""Reading people and sign-ins."""

from datetime import datetime

from sqlalchemy import select

from academy.accounts.models import SignIn, User
from academy.accounts.operations import token_hash
from academy.db import db


def person_signed_in(token: str, now: datetime) -> User | None:
    """Whose browser holds this token, if its sign-in still lives."""
    query = (
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            User.erased_at.is_(None),
        )
    )
    return db.session.scalars(query).unique().one_or_none()
