"""Sentences of pages and of the code, in the language of whoever reads."""

import pytest

from academy.i18n import _, force_locale, ngettext


def drawn(app, template: str) -> str:
    return app.jinja_env.from_string(template).render()


def test_what_is_filled_into_a_sentence_on_a_page_is_escaped(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert drawn(app, "{{ _('Hello %(name)s', name='<b>') }}") == "Hello &lt;b&gt;"
        assert drawn(app, "{{ _('100%% sure') }}") == "100% sure"
        assert drawn(app, "{{ ngettext('%(num)s box', '%(num)s boxes', 2) }}") == "2 boxes"


def test_the_code_fills_in_as_it_is(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert _("Hello %(name)s", name="<b>") == "Hello <b>"
        assert _("100% sure") == "100% sure"
        assert ngettext("%(num)s box", "%(num)s boxes", 1) == "1 box"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_forced_language_holds_for_the_code_and_for_pages(app, language):
    with app.test_request_context(headers={"Accept-Language": "en"}), force_locale(language):
        told = _("Skip to the content")
        assert drawn(app, "{{ _('Skip to the content') }}") == told
        assert (told == "Skip to the content") == (language == "en")


def test_outside_of_any_page_a_sentence_is_as_the_code_has_it():
    assert _("Skip to the content") == "Skip to the content"
