"""A sentence that has no Korean, or lost a name in it, is found before people meet it."""

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog

from academy import languages
from tests import people
from tests.test_pages import WHO, pages

SPOKEN = ("alt", "aria-label", "aria-roledescription", "placeholder", "title")
"""Attributes that people see or hear."""
LONG = 15
"""A shorter sentence may be a name or an abbreviation that is the same in both languages."""
ENGLISH = re.compile(r"[A-Za-z][a-z']+(?: [a-z']{2,}){2,}")
"""Three words in a row."""
QUOTED = re.compile("academy gold import|The left edge is too far out")
"""A command to type, and a note that the reviewer of the tour has written."""


def problems_of(monkeypatch, **words: str) -> list[str]:
    wanted, held = Catalog(fuzzy=False), Catalog(locale="ko", fuzzy=False)
    for sentence in ("Hello", "%(count)s boxes"):
        wanted.add(sentence)
    for sentence, korean in words.items():
        held.add({"hello": "Hello", "boxes": "%(count)s boxes"}.get(sentence, sentence), korean)
    monkeypatch.setattr(languages, "sentences", lambda: wanted)
    monkeypatch.setattr(languages, "read", lambda _language: held)
    return languages.problems("ko")


def test_a_complete_catalogue_has_no_problems(monkeypatch):
    assert problems_of(monkeypatch, hello="안녕하세요", boxes="상자 %(count)s개") == []


def test_a_missing_sentence_is_named(monkeypatch):
    assert problems_of(monkeypatch, boxes="상자 %(count)s개") == ["missing: 'Hello'"]


def test_an_empty_translation_is_missing(monkeypatch):
    assert problems_of(monkeypatch, hello="", boxes="상자 %(count)s개") == ["missing: 'Hello'"]


def test_a_lost_placeholder_is_named(monkeypatch):
    assert problems_of(monkeypatch, hello="안녕하세요", boxes="상자들") == [
        "placeholders count differ: '%(count)s boxes'"
    ]


def test_a_sentence_nobody_says_any_more_is_named(monkeypatch):
    found = problems_of(monkeypatch, hello="안녕하세요", boxes="상자 %(count)s개", gone="사라짐")
    assert found == ["said nowhere: 'gone'"]


def test_a_lost_placeholder_of_a_script_is_named(monkeypatch):
    wanted, held = Catalog(fuzzy=False), Catalog(locale="ko", fuzzy=False)
    wanted.add("Saved {time}")
    held.add("Saved {time}", "저장됨")
    monkeypatch.setattr(languages, "sentences", lambda: wanted)
    monkeypatch.setattr(languages, "read", lambda _language: held)
    assert languages.problems("ko") == ["placeholders time differ: 'Saved {time}'"]


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_sentence_has_its_words(language):
    assert languages.problems(language) == []


@pytest.mark.parametrize("particle", ["은", "는", "이", "가", "을", "를", "과", "와", "으로", "로", "이라", "라"])
def test_no_particle_hangs_on_a_name(particle):
    """은 or 는, 이 or 가: that depends on a name we do not know. Only what always ends alike may carry one."""
    ends_alike = {"pay": "원", "what": "개", "lessons": "개", "practices": "개"}
    hanging = re.compile(rf"%\((\w+)\)[sd]{particle}(?![가-힣])")
    found = [
        message.string
        for message in languages.read("ko")
        if message.id
        for name in hanging.findall(str(message.string))
        if name not in ends_alike
    ]
    assert found == []


def test_sentences_are_found_in_code_and_in_templates():
    found = {message.id: message.locations for message in languages.sentences() if message.id}
    places = {place for locations in found.values() for place, _ in locations}
    assert any(place.startswith("templates/") for place in places)
    assert any(place.startswith("academy/") for place in places)


class Spoken(HTMLParser):
    """What a page says: text, spoken attributes, and the sentences that its scripts are given."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "textarea" and given.get("lang") == "en":  # words that are written for English readers
            self.inside.append("english")
            return
        self.said += [given[name] or "" for name in SPOKEN if name in given]
        if tag in {"script", "style", "code", "kbd", "title"}:
            self.inside.append("json" if given.get("type") == "application/json" else tag)

    def handle_endtag(self, tag: str) -> None:
        written = tag == "textarea" and self.inside[-1:] == ["english"]
        if written or (tag in {"script", "style", "code", "kbd", "title"} and self.inside):
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        kind = self.inside[-1] if self.inside else "text"
        if kind == "json":
            self.said += texts(json.loads(data))
        elif kind in {"text", "title"}:
            self.said.append(data)


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for kept in value.values():
            yield from texts(kept)
    elif isinstance(value, list):
        for kept in value:
            yield from texts(kept)
    elif isinstance(value, str):
        yield value


def said_on(page: str) -> list[str]:
    reader = Spoken()
    reader.feed(page)
    return [" ".join(words.split()) for words in reader.said if words.strip()]


def english_sentences() -> Iterable[re.Pattern[str]]:
    """Every sentence of the catalogue as it would stand on a page that forgot its Korean."""
    for message in languages.read("ko"):
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        for sentence, words in zip(ids, [*languages._words(message)] * 2, strict=False):
            plain = re.sub(r"%\(\w+\)[sd]", "", sentence)  # what only joins values would be found everywhere
            if len(sentence) > LONG and sentence != words and any(sign.isalpha() for sign in plain):
                yield re.compile(
                    r".{1,80}?".join(map(re.escape, re.split(r"%\(\w+\)[sd]", sentence.replace("%%", "%"))))
                )


@pytest.fixture(scope="module")
def english() -> list[re.Pattern[str]]:
    return list(english_sentences())


@pytest.mark.played
def test_no_korean_page_says_an_english_sentence(app, world, english):
    clients = {name: people.sign_in(app.test_client(), people.known(name)) for name in {"김영희", *WHO.values()}}
    clients["a guest"] = app.test_client()
    found = {}
    for _endpoint, address, name in pages(app, world):
        for who in (name, "a guest"):
            answer = clients[who].get(address, headers={"Accept-Language": "ko", "Accept": "text/html"})
            if answer.mimetype != "text/html" or answer.location:
                continue
            for words in said_on(answer.text):
                if ENGLISH.search(QUOTED.sub("", words)) or any(sentence.search(words) for sentence in english):
                    found[words] = address
    assert found == {}
