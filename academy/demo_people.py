"""Who lives in a demo, and passwords they can read aloud."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.accounts.models import Identity, User
from academy.accounts.operations import change_password, grant_role, password_fits, revoke_role, sign_up
from academy.accounts.rules import name_key
from academy.accounts.scopes import CENTRE_STAFF
from academy.db import db
from academy.permissions import EVERYWHERE, Role


@dataclass(frozen=True, slots=True)
class Part:
    """One person of the demo and what to try as them."""

    name: str
    language: str
    purpose: str
    role: Role | None = None

    @property
    def roles(self) -> list[str]:
        return [Role.LEARNER.value, *([self.role.value] if self.role else [])]


CAST: Sequence[Part] = (
    Part("김하늘", "ko", "has just signed up: walk the whole path from the first lesson"),
    Part("Alex Kim", "en", "the same path in English"),
    Part("이바다", "ko", "a second learner, whose work somebody else can review"),
    Part("박지훈", "ko", "teaches the class: join code, who is here, how far each is", Role.INSTRUCTOR),
    Part("최수진", "ko", "leads the centre and its classes", Role.PROGRAMME_MANAGER),
    Part("정민호", "ko", "reviews submitted work: accept it or send it back", Role.REVIEWER),
    Part("한빛데이터", "ko", "brings paid projects", Role.CLIENT),
    Part("오유진", "ko", "looks after gold labels, badges and letters: ask to take a badge back", Role.OPERATOR),
    Part("윤서아", "ko", "gives and takes roles, sees what was done, agrees as the second person", Role.ADMINISTRATOR),
)

WORDS = re.findall(
    r"\w+",
    "amber anchor apple apron arch autumn bamboo barley basket beacon berry birch bloom boat bread breeze bridge brook "
    "button cabin candle canoe cedar chalk cherry circle clay clover cloud coast copper coral cotton daisy dawn delta "
    "dune echo ember fern field finch flute forest garden ginger glade grain harbor hazel heron hill honey island ivy "
    "jasmine juniper kettle kite lake lantern lemon lilac linen maple marble meadow melon mint moss moon mountain "
    "needle nest oak oat olive orchard otter paper peach pearl pebble pepper pine planet plum pocket pond poppy quill "
    "rain reed ribbon river robin rose saddle sail sand seed shell silver snow spruce star stone summer swan tea "
    "thistle tide timber tulip valley velvet violet walnut wave wheat willow window winter wren",
)


def readable_password() -> str:
    """Four words and a number: easy to read from a screen, about 2^34 of them."""
    return "-".join([*secrets.SystemRandom().sample(WORDS, 4), str(secrets.randbelow(90) + 10)])


def move_in(known: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Let the cast in, with the passwords already `known`; returns what demo.json says of them."""
    return [_admit(part, known.get(part.name) or readable_password(), now) for part in CAST]


def settle(now: datetime) -> None:
    """Who was found a centre to work at by the starter has the role there, and no longer everywhere."""
    for part in CAST:
        if part.role in CENTRE_STAFF:
            user = db.session.scalars(select(User).join(Identity).where(Identity.name_key == name_key(part.name))).one()
            if any(grant.role is part.role and grant.scope != EVERYWHERE for grant in user.grants):
                revoke_role(user, part.role, None, now)


def _admit(part: Part, password: str, now: datetime) -> dict[str, Any]:
    user = db.session.scalars(select(User).join(Identity).where(Identity.name_key == name_key(part.name))).one_or_none()
    if user is None:
        user = sign_up(part.name, password, None, part.language, now)
    elif not password_fits(user.identity, password):
        change_password(user, password, now)
    if part.role and part.role not in user.roles:
        grant_role(user, part.role, None, now)
    return {"name": part.name, "password": password, "roles": part.roles, "for": part.purpose}
