"""What counts as strong, how long a proof counts, and what is meant by what was typed."""

from datetime import UTC, datetime, timedelta

import pytest

from academy.factors import codes
from academy.factors.passkeys import House
from academy.factors.rules import (
    CONFIRMED_FOR,
    First,
    Proof,
    Second,
    Standing,
    app_steps,
    rested_too_long,
    same_digits,
    same_recovery_code,
    stays,
    together,
    with_factor_added,
)

NOON = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)


def test_two_things_are_strong_and_one_is_not():
    assert {proof for proof in Proof if not proof.strong} == {Proof.PASSWORD, Proof.FEDERATED, Proof.LINK}


def test_every_first_and_second_step_together_are_a_proof():
    assert {together(first, second) for first in First for second in Second} <= set(Proof)
    assert all(together(first, second).strong for first in First for second in Second)


def test_a_factor_set_up_now_makes_a_weak_sign_in_strong_and_leaves_a_strong_one_as_it_was():
    assert with_factor_added(Proof.PASSWORD, Second.APP) is Proof.PASSWORD_APP
    assert with_factor_added(Proof.PASSKEY, Second.APP) is Proof.PASSKEY
    assert with_factor_added(Proof.LINK_RECOVERY, Second.PASSKEY) is Proof.LINK_RECOVERY


def test_a_confirmation_counts_for_a_quarter_of_an_hour():
    standing = Standing(confirmed_at=NOON)
    assert standing.confirmed(NOON + CONFIRMED_FOR - timedelta(seconds=1))
    assert not standing.confirmed(NOON + CONFIRMED_FOR)
    assert not Standing().confirmed(NOON)


def test_staff_stay_for_a_day_of_work_and_learners_for_a_month():
    assert stays(staff=True) == timedelta(hours=12)
    assert stays(staff=False) == timedelta(days=30)
    assert rested_too_long(NOON, NOON + timedelta(minutes=61), staff=True)
    assert not rested_too_long(NOON, NOON + timedelta(days=13), staff=False)
    assert rested_too_long(NOON, NOON + timedelta(days=15), staff=False)


def test_the_clock_of_a_phone_may_be_half_a_minute_off():
    step = int(NOON.timestamp()) // 30
    assert app_steps(NOON) == (step - 1, step, step + 1)


@pytest.mark.parametrize("typed", ["123456", "123 456", " 123-456 ", "１２３４５６"])
def test_digits_are_what_was_meant(typed):
    assert same_digits(typed) == "123456"


def test_recovery_codes_are_compared_without_hyphens_and_in_capitals():
    assert same_recovery_code(" k7qm 2xwp-9rtd ") == "K7QM2XWP9RTD"


def test_recovery_codes_have_no_letters_that_look_alike():
    made = codes.new_codes()
    assert len(set(made.plain)) == len(set(made.hashes)) == 10
    assert not set("".join(made.plain)) & set("01OI")
    assert all(code not in made.hashes for code in made.plain)
    assert codes.hashed(made.plain[3].lower().replace("-", " "), made.salt) == made.hashes[3]


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://Academy.Example", "https://academy.example"),
        ("https://academy.example:443", "https://academy.example"),
        ("https://academy.example:8443", "https://academy.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://localhost:80/", "http://localhost"),
    ],
)
def test_the_house_is_called_as_browsers_call_it(public_url, origin):
    assert House("Labeler Academy", public_url).origin == origin
