"""Which passwords are refused as too easy, and what people are told about it."""

import random
import string
import time

import pytest

from academy.accounts.strength import MEASURED, Weakness, keys_of, weakness

ME = ("김영희", "younghee@naver.com")


@pytest.mark.parametrize(
    "password",
    [
        "kq7vn2xp",
        "x8#kQ2pL",
        "correct horse battery",
        "a calm morning by the river",
        "우리집고양이이름",
        "우리 고양이는 나비",
        "amber-lake-oak-75",
    ],
)
def test_a_password_that_takes_long_to_guess_is_accepted_whatever_it_is_made_of(password):
    assert weakness(password, ME) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("김영희1234", Weakness.OWN_WORDS),
        ("rladudgml12", Weakness.OWN_WORDS),
        ("younghee99", Weakness.OWN_WORDS),
        ("qwer1234!", Weakness.COMMON_WORDS),
        ("summer2024!", Weakness.COMMON_WORDS),
        ("사랑해엄마아빠!", Weakness.COMMON_WORDS),
        ("dkssudgktpdy", Weakness.COMMON_WORDS),
        ("비밀번호비밀번호", Weakness.REPEATS),
        ("kkkkkkkkkkkkk", Weakness.REPEATS),
        ("ujmnhygt", Weakness.KEYBOARD),
        ("19851224", Weakness.DATE),
        ("1985-12-24", Weakness.DATE),
    ],
)
def test_what_is_easy_to_guess_is_refused_with_the_reason(password, why):
    assert weakness(password, ME) is why


def test_korean_words_are_known_as_they_are_typed_on_an_english_keyboard():
    assert keys_of("사랑해") == "tkfkdgo"
    assert keys_of("값 10") == "rkqt 10"
    assert weakness("tkfkdgo!", ME) is weakness("사랑해요 여보!", ME) is Weakness.COMMON_WORDS


def test_eight_signs_without_a_pattern_are_enough():
    """Whoever lets a machine make up a password of the shortest length is seldom sent back."""
    made_up = random.Random(20261122)
    passwords = ["".join(made_up.choices(string.ascii_lowercase + string.digits, k=8)) for _ in range(200)]
    refused = [password for password in passwords if weakness(password)]
    assert len(refused) <= 20, refused  # some hold a word, a year or a run of keys by chance


def test_a_long_password_is_looked_at_quickly():
    for signs in (string.digits, "a1", "qaz", "사랑해", "4@8({[<369&#!1/|0$5+7%2"):
        begun = time.perf_counter()
        weakness("".join(random.Random(1).choices(signs, k=10 * MEASURED)))
        assert time.perf_counter() - begun < 1
