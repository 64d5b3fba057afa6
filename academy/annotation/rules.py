"""Decisions about tasks and gold. Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a task set is for, which decides when its gold may be shown."""

    PRACTICE = "practice"
    EXAM = "exam"
    WORK = "work"


class MediaKind(StrEnum):
    """What a task shows."""

    PICTURE = "picture"
    TEXT = "text"
    SOUND = "sound"
    VIDEO = "video"
    """Numbered pictures, one for each frame."""
    CLOUD = "cloud"
    AWAITED = "awaited"
    """The labels came without it; nobody can work on such a task until it is brought."""


WORKABLE = frozenset({MediaKind.PICTURE})
"""What the workspace can show to somebody who is to label it."""


class Outside(StrEnum):
    """What is to be done with objects that reach out of their picture."""

    CLIP = "clip"
    REFUSE = "refuse"


class UploadState(StrEnum):
    """What became of data that somebody brought."""

    CHECKING = "checking"
    CHECKED = "checked"
    ADDING = "adding"
    ADDED = "added"
    DROPPED = "dropped"
    UNDOING = "undoing"
    UNDONE = "undone"


class Verdict(StrEnum):
    """What the check said of one line of a source: an item, or a file that none could be read from."""

    NEW = "new"
    SAME = "same"
    """The set holds this very item, and its labels are the same."""
    CHANGED = "changed"
    """The set holds the item with other labels."""
    REFUSED = "refused"


class Look(StrEnum):
    """What a second pair of eyes said of gold."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


def reveals_gold(purpose: Purpose) -> bool:
    """Whether a person may see the gold after a try: only where it is never used to measure again."""
    return purpose is Purpose.PRACTICE
