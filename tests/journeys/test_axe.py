"""axe finds nothing on any page of the tour, in both languages, by day and by night."""

import pytest

from tests.browser import DESK, PHONE, axe
from tests.hands import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = {
    "ko-phone-day": {**PHONE, "locale": "ko-KR", "color_scheme": "light"},
    "en-phone-night": {**PHONE, "locale": "en-US", "color_scheme": "dark"},
    "ko-desk-night": {**DESK, "locale": "ko-KR", "color_scheme": "dark"},
    "en-desk-day": {**DESK, "locale": "en-US", "color_scheme": "light"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_on_any_page(tour, browser, kind):
    language = kind[:2]
    found: dict[str, list[str]] = {}
    seen = 0
    for name in sorted({name for _, name in tour.places}):
        context = browser.new_context(base_url=tour.server.url, bypass_csp=True, **KINDS[kind])
        page = context.new_page()
        sign_in(page, name)
        speak(page, language)
        for address in (address for address, looks in tour.places if looks == name):
            answer = page.request.get(address, max_redirects=0)
            if answer.status != 200 or "text/html" not in answer.headers["content-type"]:
                continue
            page.goto(address)
            spoken = address[-2:] if address.startswith("/mail/kinds/") and address[-3:] in {"/ko", "/en"} else language
            assert page.get_attribute("html", "lang") == spoken, address
            seen += 1
            if wrong := axe(page):
                found[address] = wrong
        context.close()
    assert seen >= 40
    assert found == {}


def speak(page, language: str) -> None:
    """Go over to the language this walk is in."""
    token = page.get_attribute("meta[name=csrf-token]", "content")
    page.request.post("/language", form={"language": language, "csrf_token": token or ""})
