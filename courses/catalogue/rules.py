"""Kinds of steps, and how courses are searched. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum


class StepKind(StrEnum):
    """What one does in a step."""

    TEXT = "text"
    QUIZ = "quiz"
    PRACTICE = "practice"


def folded(text: str) -> str:
    """Text as it is searched: composed, in small letters, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def search_text(texts: Iterable[Mapping[str, str]]) -> str:
    """Everything that a search should find, in both languages."""
    return folded(" ".join(part for text in texts for part in text.values()))
