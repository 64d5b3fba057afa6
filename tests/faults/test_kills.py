"""Twenty times the server dies in the middle of saving; what it acknowledged is there afterwards."""

import random
import time

import pytest

from academy.config import settings
from tests.browser import LiveServer
from tests.engines import both_engines
from tests.faults.candidates import assert_kept, everybody_saves, saving, seated

KILLS = 20
CANDIDATES = 3


@pytest.mark.slow
@both_engines
def test_twenty_kills_under_load_lose_no_acknowledged_answer(app):
    server = LiveServer(settings().data_dir, ACADEMY_DATABASE_URL=settings().database_url)
    candidates = seated(app, server.port, CANDIDATES)
    chance = random.Random(7)
    try:
        server.start()
        with saving(candidates):
            for _ in range(KILLS):
                everybody_saves(candidates)
                time.sleep(chance.uniform(0, 0.2))
                server.restart()
            everybody_saves(candidates)
    finally:
        server.kill()
    assert [candidate.trouble for candidate in candidates] == [[]] * CANDIDATES
    assert all(len(candidate.acknowledged) > KILLS for candidate in candidates)
    for candidate in candidates:
        assert_kept(candidate)
