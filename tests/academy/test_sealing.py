"""What is sealed opens only as what it was sealed."""

import pytest

from academy.sealing import CanNotBeOpened, seal, unseal

SECRET = "the secret of this house, long enough"
SEALED = seal("a shared secret", purpose="app", name="person 7", secret=SECRET)


def test_a_sealed_text_comes_back_as_it_went():
    assert unseal(SEALED, purpose="app", name="person 7", secret=SECRET) == "a shared secret"


@pytest.mark.parametrize("wrong", [{"purpose": "letter"}, {"name": "person 8"}, {"secret": "another secret"}])
def test_a_sealed_text_opens_only_as_what_it_was_sealed(wrong):
    with pytest.raises(CanNotBeOpened):
        unseal(SEALED, **{"purpose": "app", "name": "person 7", "secret": SECRET, **wrong})


@pytest.mark.parametrize("place", [0, 5, 20, -4])
def test_one_changed_letter_is_noticed(place):
    letters = list(SEALED)
    letters[place] = "A" if letters[place] != "A" else "B"
    with pytest.raises(CanNotBeOpened):
        unseal("".join(letters), purpose="app", name="person 7", secret=SECRET)


@pytest.mark.parametrize("text", ["", "x", "가", "A" * 15, "====", "!!!!"])
def test_what_was_never_sealed_can_not_be_opened(text):
    with pytest.raises(CanNotBeOpened):
        unseal(text, purpose="app", name="person 7", secret=SECRET)


def test_the_same_text_is_sealed_differently_each_time():
    assert seal("a shared secret", purpose="app", name="person 7", secret=SECRET) != SEALED
