"""Every page is light when it comes for the first time: on an old phone with a slow line, weight is waiting."""

import pytest

from tests.browser import DESK, PHONE
from tests.weight import Scale, Weight

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_REQUESTS = 6
PAGE, WORKSPACE = 60_000, 150_000
"""Bytes with gzip. A workspace is bound by its weight: its modules come side by side, and are kept for the next."""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_light_when_nothing_was_kept(tour, browser, size):
    scales: dict[str, Scale] = {}
    weighed: dict[str, Weight] = {}
    for address, name in tour.places:
        if name not in scales:
            context = browser.new_context(base_url=tour.server.url, locale="ko-KR", **size)
            scales[name] = Scale(context.new_page())
            scales[name].sign_in(name)
        answer = scales[name].page.request.get(address, max_redirects=0)
        if answer.status == 200 and "text/html" in answer.headers["content-type"]:
            weighed[address] = scales[name].weigh(address)
    for scale in scales.values():
        scale.page.context.close()
    assert sum(weight.workspace for weight in weighed.values()) >= 5
    assert len(weighed) >= 40
    assert {address: weight for address, weight in weighed.items() if too_heavy(weight)} == {}


def too_heavy(weight: Weight) -> bool:
    if weight.workspace:
        return weight.size > WORKSPACE
    return weight.size > PAGE or weight.requests > MOST_REQUESTS
