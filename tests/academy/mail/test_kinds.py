"""Every kind of letter can be looked at, in both languages, before anybody gets it."""

import re

import pytest

from academy.i18n import LANGUAGES
from academy.mail import samples
from academy.mail.rules import KINDS, Group, LetterKind, register
from academy.mail.writing import paragraphs
from academy.paths import templates_dir


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_can_be_written_with_its_sample(app, language):
    for name in KINDS:
        written = samples.written(name, language)
        assert written.subject
        assert len(written.subject) <= 120, name
        assert written.text.count("\n\n") >= 2, name
        assert "None" not in written.text, name
        assert "%(" not in written.text + written.html, name
        assert re.search(r"<h1>.+</h1>", written.html), name
        assert f'lang="{language}"' in written.html


def test_every_template_of_a_letter_has_its_kind():
    found = {
        path.relative_to(templates_dir()).with_suffix("").as_posix() for path in templates_dir().rglob("mail/*.txt")
    }
    assert found == {kind.template for kind in KINDS.values()}


def test_nothing_in_a_letter_is_fetched_from_anywhere(app):
    for name in KINDS:
        html = samples.written(name, "ko").html
        assert not re.search(r"(src|background)=|url\(|<link|<script|<img", html), name


def test_a_letter_about_safety_never_asks_for_a_password(app):
    for name, kind in KINDS.items():
        if kind.group is Group.SECURITY:
            assert "<form" not in samples.written(name, "en").html


@pytest.mark.parametrize("name", ["", "reset", "academy.reset", "academy.accounts.Reset", "../etc/passwd"])
def test_a_kind_needs_a_name_that_leads_to_its_template(name):
    with pytest.raises(ValueError, match="name of a letter"):
        register(LetterKind(name, Group.LEGAL))


def test_paragraphs_lists_and_buttons_are_told_apart():
    words, several, button = paragraphs("One\ntwo\n\n- a\n- b\n\n\nOpen it:\nhttps://academy.example/x\n")
    assert (words.lines, words.link, words.is_list) == (("One", "two"), "", False)
    assert several.is_list
    assert (button.lines, button.link) == (("Open it",), "https://academy.example/x")
