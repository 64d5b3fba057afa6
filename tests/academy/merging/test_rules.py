"""What stands in the way of two accounts becoming one."""

import pytest

from academy.merging.rules import Account, Obstacle, obstacles

ONE, TWO = Account(1), Account(2)


def test_nothing_stands_in_the_way_of_two_plain_accounts():
    assert obstacles(ONE, TWO) == []


def test_an_account_is_not_merged_with_itself():
    assert obstacles(ONE, Account(1, holds_role=True)) == [Obstacle.SAME]


@pytest.mark.parametrize(
    ("trouble", "obstacle", "also_in_the_kept_one"),
    [
        ({"holds_role": True}, Obstacle.ROLE, False),
        ({"exams_running": 1}, Obstacle.EXAM, True),
        ({"work_open": 2}, Obstacle.WORK, False),
        ({"projects": 1}, Obstacle.PROJECT, False),
        ({"leaving": True}, Obstacle.LEAVING, True),
        ({"waits_for_guardian": True}, Obstacle.GUARDIAN, True),
    ],
)
def test_each_trouble_is_named(trouble, obstacle, also_in_the_kept_one):
    assert obstacles(Account(1, **trouble), TWO) == [obstacle]
    assert obstacles(ONE, Account(2, **trouble)) == ([obstacle] if also_in_the_kept_one else [])


def test_whoever_reviewed_their_own_work_by_a_second_account_can_not_tidy_it_away():
    assert obstacles(ONE, TWO, reviewed_each_other=True) == [Obstacle.REVIEWED]
