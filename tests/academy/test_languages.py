"""A sentence that has no Korean, or lost a name in it, is found before people meet it."""

from babel.messages.catalog import Catalog

from academy import languages


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


def test_sentences_are_found_in_code_and_in_templates():
    found = {message.id: message.locations for message in languages.sentences() if message.id}
    places = {place for locations in found.values() for place, _ in locations}
    assert any(place.startswith("templates/") for place in places)
    assert any(place.startswith("academy/") for place in places)
