"""Names, passwords and the limits of guessing. Pure: values in, answer out."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

NAME_LENGTH = (2, 40)
PASSWORD_LENGTH = (8, 128)
SIGN_IN_LASTS = timedelta(days=30)

# A wrong password costs its owner patience, not their account: only failures of the last quarter of an hour count.
GUESS_WINDOW = timedelta(minutes=15)
GUESSES_PER_NAME = 10
# A class of 18 behind one address mistypes often; a guessing machine tries thousands.
GUESSES_PER_NETWORK = 200


def tidy_name(name: str) -> str:
    """A name as it is shown: NFC, single spaces, nothing invisible."""
    visible = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", name)
        if unicodedata.category(char) not in {"Cf", "Cc", "Co", "Cs", "Cn"} or char.isspace()
    )
    return " ".join(visible.split())


def name_key(name: str) -> str:
    """A name as it is compared: two names with one key are the same person's name.

    Compatibility forms are folded (NFKC, casefold), so full-width and decomposed spellings collide.
    """
    return unicodedata.normalize("NFKC", tidy_name(name)).casefold().replace(" ", "")


@dataclass(frozen=True, slots=True)
class Guesses:
    """Failed sign-ins of the last GUESS_WINDOW."""

    for_name: int
    from_network: int


def must_wait(guesses: Guesses) -> bool:
    """Whether a further try is refused before its password is even looked at."""
    return guesses.for_name >= GUESSES_PER_NAME or guesses.from_network >= GUESSES_PER_NETWORK
