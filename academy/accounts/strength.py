"""How hard a password is to guess: zxcvbn's estimate, taught what people here choose. Pure: values in, answer out.

A password needs ENOUGH guesses, which is what eight signs without any pattern need: so the shortest password that is
allowed passes if it has none, and nothing that is easier than that does. Which kinds of signs it is made of does not
matter. See docs/decisions/0008-how-strong-a-password-is.md.
"""

from collections.abc import Iterable
from enum import StrEnum
from math import prod
from typing import Any

from zxcvbn import zxcvbn

from academy.accounts.rules import same_password, tidy_name

ENOUGH = 10**8
MEASURED = 40
"""So many signs are looked at: the time zxcvbn takes grows faster than the length, and by then it is long enough."""

_STAND_INS = ("4@", "([{<", "69", "1!|", "$5", "+7")
"""Signs that stand for the same letter, as zxcvbn reads them."""
MOST_READINGS = 16
"""zxcvbn tries every way to read such signs; forty signs chosen for it would keep it busy for seconds."""

_KOREAN = """
안녕하세요 사랑해요 사랑해 비밀번호 암호 대한민국 우리나라 한국 서울 부산 대구 인천 광주 대전 제주도 행복 행복하자
건강 건강하자 감사합니다 고맙습니다 하나님 예수님 부처님 아멘 엄마 아빠 어머니 아버지 할머니 할아버지 우리가족 가족
친구 여보 당신 자기야 아들 딸 바보 천사 공주 왕자 나비 강아지 고양이 호랑이 토끼 하늘 바다 바람 구름 햇살 나무 무지개
별님 달님 봄날 여름 가을 겨울 파이팅 화이팅 최고 대박 행운 로또 부자 김치 커피 축구 야구 등산 여행 학교 회사 선생님
학생 라벨링 데이터 아카데미 컴퓨터 인터넷 네이버 카카오
"""

# The keys of the Korean keyboard on which each letter lies: many type a Korean word with the keyboard set to English.
_FIRST = "r R s e E f a q Q t T d w W c z x v g"
_MIDDLE = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_LAST = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
_LETTERS = (_FIRST.split(), _MIDDLE.split(), ["", *_LAST.split()])
_HANGUL, _SYLLABLES = 0xAC00, 11172


class Weakness(StrEnum):
    """Why a password is easy to guess."""

    OWN_WORDS = "own words"
    COMMON_WORDS = "common words"
    KEYBOARD = "keyboard"
    REPEATS = "repeats"
    DATE = "date"
    SHORT = "short"


def keys_of(text: str) -> str:
    """What is typed for a Korean text: "사랑" is "tkfkd"."""
    return "".join(_keys(letter) for letter in text)


def _keys(letter: str) -> str:
    place = ord(letter) - _HANGUL
    if not 0 <= place < _SYLLABLES:
        return letter
    first, middle, last = _LETTERS
    return first[place // 588] + middle[place % 588 // 28] + last[place % 28]


_WORDS = [word for korean in _KOREAN.split() for word in (korean, keys_of(korean))]


def weakness(password: str, own_words: Iterable[str] = ()) -> Weakness | None:
    """Why this password is too easy; None when it is hard enough. `own_words`: the person's name, their address."""
    typed = _with_few_readings(same_password(password)[:MEASURED])
    own = {part for word in own_words for part in _parts(word)}
    found = zxcvbn(typed, user_inputs=[*sorted(own), *_WORDS], max_length=MEASURED)
    if found["guesses"] >= ENOUGH:
        return None
    return _why(found["sequence"], own)


def _with_few_readings(text: str) -> str:
    """The same text, or, where its signs could be read in very many ways, one sign for each letter they stand for."""
    if prod(max(1, len(set(signs) & set(text))) for signs in _STAND_INS) <= MOST_READINGS:
        return text
    return text.translate({ord(sign): signs[0] for signs in _STAND_INS for sign in signs})


def _parts(word: str) -> list[str]:
    tidy = tidy_name(word).casefold()
    pieces = [tidy, *tidy.replace("@", " ").replace(".", " ").split()]
    return [form for piece in pieces for form in (piece, keys_of(piece)) if len(form) > 1]


_PATTERNS = {
    "spatial": Weakness.KEYBOARD, "sequence": Weakness.KEYBOARD, "repeat": Weakness.REPEATS,
    "date": Weakness.DATE, "regex": Weakness.DATE, "dictionary": Weakness.COMMON_WORDS,
}  # fmt: skip


def _why(parts: list[dict[str, Any]], own: set[str]) -> Weakness:
    """Own words come first, as they are the easiest to leave out; then what the longest recognised part is."""
    if any(part.get("matched_word") in own for part in parts):
        return Weakness.OWN_WORDS
    known = [part for part in parts if part["pattern"] in _PATTERNS]
    longest = max(known, key=lambda part: len(part["token"]), default=None)
    return _PATTERNS[longest["pattern"]] if longest else Weakness.SHORT
