"""Guessing passwords is slowed down without shutting out those who mistype, or who sit beside somebody who guesses.

Wrong passwords are counted for a name from one network, for a name from everywhere, and, in different names, for a
network. A browser in which this person has signed in before is counted by itself alone, and a name that has come in
from this network before does not suffer for the names that others try there: so a class behind one address is not
locked out by one of its own who guesses badly, nor can a stranger with many addresses shut somebody out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

import structlog
from flask import session

from academy import limits
from academy.accounts import rules
from academy.config import settings
from academy.limits import Limit

security_log = structlog.get_logger("security")

HERE = Limit("wrong password from here", rules.GUESSES_FROM_HERE, rules.GUESS_WINDOW, slices=15)
ANYWHERE = Limit("wrong password", rules.GUESSES_PER_NAME, rules.GUESS_WINDOW, slices=15)
KNOWN_BROWSER = Limit("wrong password in a known browser", rules.GUESSES_FROM_HERE, rules.GUESS_WINDOW, slices=15)
CAME_IN = Limit("came in from here", 1, timedelta(days=60), slices=10)
"""Not a limit: where a name has come in from, remembered for some weeks."""

KNOWN = "known"
"""What the browser holds: a random name of its own and (as short keyed hashes) the names that came in here."""
MOST_KNOWN = 8
"""People who share a browser; the longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries which name: hashes and random letters, never the name or the address."""

    name: str
    network: str
    browser: str | None = None
    """The browser's own name, if this person has signed in there before."""


def guesser(name: str) -> Guesser:
    """Whoever sends this request, trying this name."""
    tried = _name_hash(name)
    browser, names = _known()
    return Guesser(tried, limits.network(), browser if tried[:16] in names else None)


def guesses(who: Guesser, now: datetime) -> rules.Guesses:
    """Wrong passwords of the last while, as they count for this try."""
    if who.browser is not None:
        return rules.Guesses(limits.used(KNOWN_BROWSER, who.name, who.browser, at=now), 0, 0)
    from_here = limits.used(HERE, who.name, who.network, at=now)
    anywhere = limits.used(ANYWHERE, who.name, at=now)
    if limits.used(CAME_IN, who.name, who.network, at=now):
        return rules.Guesses(from_here, anywhere, 0)
    return rules.Guesses(from_here, anywhere, limits.different(HERE, who.network, at=now))


def must_wait(who: Guesser, now: datetime) -> bool:
    """Whether this try is refused before its password is even looked at."""
    return rules.must_wait(guesses(who, now))


def note_wrong(who: Guesser, now: datetime) -> None:
    """Count one wrong password, inside a transaction."""
    security_log.info("wrong-password", browser_known=who.browser is not None)
    if who.browser is not None:
        limits.count(KNOWN_BROWSER, who.name, who.browser, at=now)
        return
    limits.count(HERE, who.name, who.network, at=now, family=(who.network,))
    limits.count(ANYWHERE, who.name, at=now)


def remember(name: str, now: datetime) -> None:
    """This person came in, in this browser and from this network; inside a transaction."""
    tried = _name_hash(name)
    limits.count(CAME_IN, tried, limits.network(), at=now)
    browser, names = _known()
    others = [each for each in names if each != tried[:16]]
    session[KNOWN] = {"browser": browser or token_hex(16), "names": [tried[:16], *others][:MOST_KNOWN]}


def _known() -> tuple[str | None, list[str]]:
    held = session.get(KNOWN)
    if not isinstance(held, dict):
        return None, []
    return held.get("browser"), list(held.get("names", ()))


def _name_hash(name: str) -> str:
    return rules.keyed_hash(settings().secret_key, "name", rules.name_key(name))
