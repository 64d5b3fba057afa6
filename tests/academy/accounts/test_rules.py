import unicodedata

import pytest

from academy.accounts.rules import (
    Guesses,
    NameFault,
    PasswordFault,
    browser_name,
    must_wait,
    name_fault,
    name_key,
    network_of,
    other_names,
    password_fault,
    tidy_name,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("김영희", unicodedata.normalize("NFD", "김영희")),
        ("김영희", "김 영희"),
        ("김영희", " 김영희\u200b "),
        ("Mina", "ｍｉｎａ"),
        ("Mina", "MINA"),
        ("paypal", "раураl"),  # Cyrillic letters
        ("Hello", "Hell0"),
        ("Straße", "STRASSE"),
    ],
)
def test_names_that_look_the_same_are_the_same_name(one, other):
    assert name_key(one) == name_key(other)


def test_different_people_keep_different_names():
    assert len({name_key(name) for name in ("김영희", "김영희 2", "김영의", "Mina", "Nina", "Ian", "Lan")}) == 7


def test_a_name_is_shown_as_it_was_written_but_without_invisible_letters():
    assert tidy_name("  김\u200b영희 \u202e ") == "김영희"


@pytest.mark.parametrize(
    ("name", "fault"),
    [("김", NameFault.TOO_SHORT), ("\u200b\u200b", NameFault.TOO_SHORT), ("x" * 41, NameFault.TOO_LONG),
     ("12345", NameFault.NO_LETTER), ("김영희", None), ("O'Neil 3", None)],
)  # fmt: skip
def test_a_name_that_can_not_be_used_says_why(name, fault):
    assert name_fault(name) is fault


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", PasswordFault.TOO_SHORT),
        ("x1" * 65, PasswordFault.TOO_LONG),
        ("1q2w3e4r", PasswordFault.TOO_COMMON),
        ("PassWord", PasswordFault.TOO_COMMON),
        ("11111111", PasswordFault.TOO_COMMON),
        ("12345678", PasswordFault.TOO_COMMON),
        ("kim younghee", PasswordFault.IS_THE_NAME),
        ("가나다라마바사아", None),
        ("correct horse", None),
        ("        a", None),
    ],
)
def test_a_password_is_judged_by_its_length_and_by_how_easily_it_is_guessed(password, fault):
    assert password_fault(password, "Kim Younghee") is fault


def test_a_taken_name_has_neighbours_that_can_be_used():
    names = list(other_names("김" * 40))
    assert all(name_fault(name) is None for name in names)
    assert len({name_key(name) for name in names}) == len(names)


def test_ten_wrong_passwords_from_here_mean_a_pause():
    assert not must_wait(Guesses(for_name_here=9, for_name=9, names_here=1))
    assert must_wait(Guesses(for_name_here=10, for_name=10, names_here=1))


def test_a_stranger_can_not_shut_a_person_out_with_a_few_wrong_passwords_from_elsewhere():
    assert not must_wait(Guesses(for_name_here=0, for_name=20, names_here=0))


def test_a_class_that_mistypes_all_morning_is_not_shut_out():
    assert not must_wait(Guesses(for_name_here=9, for_name=9, names_here=18))


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"), ("::ffff:203.0.113.7", "203.0.113.7"),
     (None, "unknown"), ("nonsense", "unknown")],
)  # fmt: skip
def test_tries_are_counted_for_a_household(address, network):
    assert network_of(address) == network


def test_a_browser_is_named_as_its_owner_knows_it():
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/24.0 Chrome/117.0 Mobile Safari/537.36"
    assert browser_name(phone) == "Samsung Internet, Android"
    assert browser_name("") == ""
