"""Dates, times and amounts as the reader's language writes them."""

from datetime import UTC, date, datetime

import pytest

from academy.i18n import clock_time, day, force_locale, language, moment, pick, won

LATE = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)
"""Five past midnight of the next day in Seoul."""


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("ko", ("2026년 11월 23일", "00:05", "2026년 11월 23일 00:05", "7,000원")),
        ("en", ("November 23, 2026", "00:05", "Nov 23, 2026, 00:05", "KRW 7,000")),
    ],
)
def test_the_same_moment_and_amount_in_both_languages(app, chosen, said):
    with app.test_request_context(), force_locale(chosen):
        assert language() == chosen
        assert (day(LATE), clock_time(LATE), moment(LATE), won(7000)) == said


def test_a_date_has_no_zone_to_be_moved_by(app):
    with app.test_request_context(), force_locale("ko"):
        assert day(date(2026, 11, 22)) == "2026년 11월 22일"


def test_a_centre_elsewhere_reads_its_own_clock(app):
    with app.test_request_context(), force_locale("ko"):
        assert moment(LATE, "Asia/Ho_Chi_Minh") == "2026년 11월 22일 22:05"


def test_a_text_without_the_language_is_said_in_another(app):
    with app.test_request_context(), force_locale("en"):
        assert [pick(text) for text in ({"ko": "개", "en": "Dog"}, {"ko": "개"}, {"vi": "Chó"}, None)] == [
            "Dog", "개", "Chó", "",
        ]  # fmt: skip
