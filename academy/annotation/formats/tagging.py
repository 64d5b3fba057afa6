"""BIO tags and their kin: B-PS, I-PS, O; BIOES and BILOU; also as IOB writes them, without a B. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TAG = re.compile(r"([BIESLU])[-_](.+)", re.DOTALL)
_ALSO = re.compile(r"(.+)[-_]([BIESLU])", re.DOTALL)
OUTSIDE = frozenset({"O", "_", "", "-", "OUT"})


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tokens from `first` to before `end` that are one entity. `mended`: it did not begin with a B."""

    label: str
    first: int
    end: int
    mended: bool = False


def is_tag(tag: str) -> bool:
    """Whether this may be a tag at all."""
    return tag in OUTSIDE or _TAG.fullmatch(tag) is not None or _ALSO.fullmatch(tag) is not None


def entities(tags: Sequence[str]) -> list[Tagged]:
    """The entities of a sequence. An I without a B before begins one, as most readers of such files take it."""
    found: list[Tagged] = []
    label, first, mended = "", 0, False
    for place, (sign, name) in enumerate([*map(_split, tags), ("O", "")]):
        goes_on = sign in "IEL" and name == label and bool(label)
        if label and not goes_on:
            found.append(Tagged(label, first, place, mended))
            label = ""
        if sign != "O" and not goes_on:
            label, first, mended = name, place, sign in "IEL"
        if label and sign in "ESLU":
            found.append(Tagged(label, first, place + 1, mended))
            label = ""
    return found


def tags(spans: Iterable[tuple[int, int, str]], count: int) -> list[str]:
    """BIO tags of `count` tokens from (first, end, label); of two that share a token, the first is taken."""
    written = ["O"] * count
    for first, end, label in spans:
        if first < end and all(tag == "O" for tag in written[first:end]):
            written[first:end] = [f"B-{label}", *[f"I-{label}"] * (end - first - 1)]
    return written


def _split(tag: str) -> tuple[str, str]:
    if match := _TAG.fullmatch(tag):
        return match[1], match[2]
    if match := _ALSO.fullmatch(tag):
        return match[2], match[1]
    return ("O", "") if tag in OUTSIDE else ("I", tag)
