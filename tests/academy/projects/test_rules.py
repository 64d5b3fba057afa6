"""What opens a project, and who may review."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from academy.projects.rules import (
    PAY_FLOOR_PER_HOUR,
    SAME_REVIEWER,
    Requirement,
    as_handed_in,
    may_review,
    pay_per_hour,
    still_missing,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
badges = st.sampled_from(["boxes", "classes", "street"])


def test_nothing_asked_for_means_open_to_everybody():
    assert still_missing([], {}) == []


def test_a_badge_opens_from_its_level_on():
    need = Requirement("boxes", 2)
    assert still_missing([need], {"boxes": 1}) == [need]
    assert still_missing([need], {"boxes": 2}) == []
    assert still_missing([need], {"boxes": 3}) == []


@given(st.lists(st.builds(Requirement, badges, st.integers(1, 3))), st.dictionaries(badges, st.integers(1, 3)))
def test_earning_what_is_missing_opens_the_project(required, held):
    for need in still_missing(required, held):
        held[need.badge] = max(held.get(need.badge, 0), need.level)
    assert still_missing(required, held) == []


def test_nobody_reviews_own_work():
    assert not may_review(7, 7, None, None, NOON)
    assert not may_review(7, 7, 7, NOON + SAME_REVIEWER, NOON)


def test_fixed_work_is_first_for_the_reviewer_who_sent_it_back():
    reserved = NOON + timedelta(hours=1)
    assert may_review(3, 7, 3, reserved, NOON)
    assert not may_review(4, 7, 3, reserved, NOON)
    assert may_review(4, 7, 3, reserved, reserved)


def test_what_we_ship_pays_above_the_floor():
    assert pay_per_hour(80, 25) >= PAY_FLOOR_PER_HOUR
    assert pay_per_hour(350, 100) >= PAY_FLOOR_PER_HOUR


def test_unknown_fields_and_another_size_are_left_behind():
    sent = {
        "kind": "box",
        "image": {"width": 1, "height": 1},
        "verdict": "accepted",
        "objects": [{"id": 1, "label": "car", "box": [1, 2, 3, 4], "optional": True}],
    }
    assert as_handed_in("box", sent, 640, 480) == {
        "kind": "box",
        "image": {"width": 640, "height": 480},
        "objects": [{"id": "1", "label": "car", "box": [1, 2, 3, 4]}],
    }


def test_a_box_without_a_name_of_its_own_is_called_by_its_number():
    nameless, named = {"label": "person", "box": [1, 2, 3, 4]}, {"id": 7, "label": "person", "box": [5, 6, 7, 8]}
    kept = as_handed_in("box", {"objects": [nameless, named]}, 64, 48)
    assert [thing["id"] for thing in kept["objects"]] == ["1", "7"]
