"""A storm of requests that cost us much is stopped; a class behind one address is not."""

from datetime import timedelta

import pytest
import time_machine

from academy.clock import now
from academy.limits import MOST_ASKERS, WITHIN, Tally
from courses.practice.views import TRIES
from tests.people import path, person, sign_in

PUBLIC = ("academy.accounts.sign_up", "academy.credentials.check", "courses.practice.try_submit")


@pytest.mark.parametrize("endpoint", PUBLIC)
def test_a_storm_from_one_network_is_asked_to_pause(client, endpoint):
    # The body is fit for none of them, so that counting is all there is to wait for.
    answers = [client.post(path(endpoint)).status_code for _ in range(121)]
    assert 429 not in answers[:120]
    assert answers[120] == 429
    elsewhere = client.post(path(endpoint), environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code != 429
    with time_machine.travel(now() + WITHIN + timedelta(seconds=1), tick=False):
        assert client.post(path(endpoint)).status_code != 429


def test_looking_is_not_counted(client):
    assert {client.get(path("academy.accounts.sign_up")).status_code for _ in range(130)} == {200}


def test_the_memory_of_who_asked_is_bounded():
    tally = Tally()
    for number in range(3 * MOST_ASKERS):
        tally.too_often("here", str(number), 5, now())
    assert len(tally._asked) <= MOST_ASKERS


def test_one_person_can_not_fill_the_disk_with_answers_and_others_are_not_held_up(app):
    busy, calm = (sign_in(app.test_client(), person(name)) for name in ("busy", "calm"))
    address = path("courses.practice.submit", set_slug="nowhere", task_id=1)
    answers = [busy.post(address).status_code for _ in range(TRIES + 1)]
    assert 429 not in answers[:TRIES]
    assert answers[TRIES] == 429
    assert calm.post(address).status_code != 429
