"""The numbers of a quality report, put into words."""

from academy.annotation.quality.survey import CROWDS
from academy.i18n import _


def size_words(name: str) -> str:
    """COCO's three sizes."""
    return {
        "small": _("small (below 32 x 32 pixels)"),
        "medium": _("medium"),
        "large": _("large (96 x 96 pixels and more)"),
    }[name]


def crowd_words(start: int) -> str:
    """A class of "so many objects in one task"."""
    later = [other for other in CROWDS if other > start]
    if not later:
        return _("%(count)s and more", count=start)
    return str(start) if later[0] == start + 1 else _("%(first)s to %(last)s", first=start, last=later[0] - 1)


def reason_words(reason: str) -> str:
    return {
        "random": _("drawn by chance"),
        "label": _("drawn for its label"),
        "suspicious": _("drawn as suspicious"),
        "disagreement": _("drawn because annotators disagree"),
    }[reason]
