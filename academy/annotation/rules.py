"""Decisions about tasks and gold. Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a task set is for, which decides when its gold may be shown."""

    PRACTICE = "practice"
    EXAM = "exam"
    WORK = "work"


class UploadState(StrEnum):
    """What became of pictures that somebody brought."""

    CHECKING = "checking"
    CHECKED = "checked"
    ADDED = "added"
    DROPPED = "dropped"


class Verdict(StrEnum):
    """What the check said of one file."""

    GOOD = "good"
    KNOWN = "known"
    """The set holds this very picture already."""
    REFUSED = "refused"


def reveals_gold(purpose: Purpose) -> bool:
    """Whether a person may see the gold after a try: only where it is never used to measure again."""
    return purpose is Purpose.PRACTICE
