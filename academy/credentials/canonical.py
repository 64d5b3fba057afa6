"""JSON-LD to canonical N-Quads (RDFC-1.0), so that what is signed is what is said.

Pure, and never on the network: vocabularies ("contexts") are bundled, an unknown one is refused. PyLD leaves out what a
context does not define; such a term would be unsigned and anyone could change it. So anything that would be left out
is an error here, both when we sign and when we check.
"""

import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyld import jsonld
from pyld.canon import URDNA2015

VENDOR = Path(__file__).with_name("vendor")

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
BADGE_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

BUNDLED = {
    VC_CONTEXT: "credentials-v2.json",
    BADGE_CONTEXT: "open-badges-3.0.3.json",
    BADGE_EXTENSIONS: "open-badges-extensions.json",
}

MAX_BYTES = 256_000
MAX_PARTS = 1_500
MAX_STEPS = 400
MAX_LIKE_NODES = 5

_RELATIVE = "https://relative.invalid/"
_KEYWORDS = frozenset({"@id", "@type", "@value", "@language"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_one_at_a_time = threading.Lock()
"""PyLD keeps what it worked out in caches that break when two threads use them at once."""


class NotCanonical(ValueError):
    """The document has no canonical form we can trust; the sentence says why."""


class UnknownContext(NotCanonical):
    """The document uses a vocabulary that is not bundled, so its meaning can not be determined."""


class DroppedTerms(NotCanonical):
    """Parts of the document mean nothing in its vocabularies and would be left out of the signature."""


class TooMuchWork(NotCanonical):
    """The document is larger or more tangled than any badge; working it out could take for ever."""


class ContextsMissing(RuntimeError):
    """The bundled vocabularies were not fetched."""


@lru_cache(maxsize=8)
def _bundled(file: str) -> dict[str, Any]:
    path = VENDOR / file
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ContextsMissing(
            f"{path.name} is missing: the vocabularies were not fetched (see `make demo`)."
        ) from error


def contexts(*extra: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The bundled vocabularies by address; tests may add their own."""
    return {url: _bundled(file) for url, file in BUNDLED.items()} | {url: dict(document) for url, document in extra}


class _Tame(URDNA2015):  # type: ignore[misc]
    """The canonicalisation of PyLD, which gives up on graphs made to keep it busy."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def create_hash_to_related(self, id_: str, issuer: Any) -> dict[str, list[str]]:
        self.steps += 1
        related: dict[str, list[str]] = super().create_hash_to_related(id_, issuer)
        if self.steps > MAX_STEPS or any(len(nodes) > MAX_LIKE_NODES for nodes in related.values()):
            raise TooMuchWork("The document links unnamed parts to each other in too many ways.")
        return related


def canonical(document: Mapping[str, Any], *, known: Mapping[str, Any] | None = None) -> str:
    """The canonical N-Quads of a document. Raises NotCanonical when a part of it would be lost or it is too large."""
    text = json.dumps(document)
    if len(text) > MAX_BYTES:
        raise TooMuchWork(f"The document is larger than {MAX_BYTES:,} characters.")
    return _of_text(text) if known is None else _worked_out(document, known)


@lru_cache(maxsize=64)
def _of_text(text: str) -> str:
    """The same words have the same form: a badge that many people look at is worked out once."""
    return _worked_out(json.loads(text), contexts())


def _worked_out(document: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    _refuse_contexts(document, known)
    _refuse_raw(document)
    with _one_at_a_time:
        expanded = _expand(document, known)
        _refuse_relative(expanded)
        dataset = jsonld.to_rdf(expanded, {"documentLoader": _loader(known), "base": _RELATIVE})
    return str(_Tame().main(dataset, {"format": "application/n-quads"}))


def _expand(document: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    dropped: list[str] = []
    try:
        expanded = jsonld.expand(
            dict(document),
            {"documentLoader": _loader(known), "base": _RELATIVE},
            on_property_dropped=lambda name: dropped.append(str(name)),
        )
    except jsonld.JsonLdError as error:
        raise NotCanonical(f"The document is not good JSON-LD ({error.code or error.type}).") from error
    if dropped:
        raise DroppedTerms("These words mean nothing in the badge's vocabulary: " + ", ".join(sorted(set(dropped))))
    return expanded


def _loader(known: Mapping[str, Any]) -> Any:
    def load(url: str, _options: Any = None) -> dict[str, Any]:
        if url not in known:
            raise UnknownContext(f"The vocabulary {url[:200]} is not one we carry.")
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": known[url],
        }

    return load


def _refuse_contexts(document: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Only a list of bundled addresses: a context written into the document could silence any word in it."""
    listed = document.get("@context")
    listed = [listed] if isinstance(listed, str) else listed
    if not isinstance(listed, list) or not listed:
        raise NotCanonical("The document names no vocabulary (@context).")
    for entry in listed:
        if not isinstance(entry, str):
            raise UnknownContext("The document brings a vocabulary of its own, which is not safe to follow.")
        if entry not in known:
            raise UnknownContext(f"The vocabulary {entry[:200]} is not one we carry.")


def _refuse_raw(document: Mapping[str, Any]) -> None:
    """What expansion would swallow without a word: nulls, empty lists, JSON-LD keywords, contexts further down."""
    waiting: list[tuple[str, Any]] = [(name, value) for name, value in document.items() if name != "@context"]
    names = {name for name, _ in waiting}
    parts = 0
    while waiting:
        name, value = waiting.pop()
        parts += 1
        if parts > MAX_PARTS:
            raise TooMuchWork(f"The document has more than {MAX_PARTS:,} parts.")
        if isinstance(value, Mapping):
            names.update(value)
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((name, item) for item in value)
        _refuse_value(name, value)
    _refuse_names(names)


def _refuse_value(name: str, value: Any) -> None:
    if value is None or value in ([], {}):
        raise DroppedTerms(f"{name!r} is empty and would not be signed.")
    if isinstance(value, str) and _CONTROL.search(value):
        raise NotCanonical(f"{name!r} holds a control character.")
    if name == "@language" and not (isinstance(value, str) and _LANGUAGE.match(value)):
        raise DroppedTerms("'@language' is not a language and would not be signed.")


def _refuse_names(names: set[str]) -> None:
    if "@context" in names:
        raise UnknownContext("A part of the document brings a vocabulary of its own.")
    strange = sorted(name for name in names if name.startswith(("@", "_:")) and name not in _KEYWORDS)
    if strange:
        raise DroppedTerms(f"{', '.join(strange)[:200]} can not be part of a signed badge.")
    # "validUntil" spelled as its whole address is signed alike, but whoever reads the badge by name would not find it.
    spelled_out = sorted(name for name in names if ":" in name)
    if spelled_out:
        raise NotCanonical(f"{', '.join(spelled_out)[:200]} must be written by its short name.")


def _refuse_relative(expanded: Any) -> None:
    """Identifiers and types that are not whole addresses do not become statements either."""
    waiting = [expanded]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            types = item.get("@type", [])
            for name in [*([item["@id"]] if "@id" in item else []), *(types if isinstance(types, list) else [types])]:
                whole = isinstance(name, str) and (_ABSOLUTE.match(name) or name == "@json")
                if not whole or name.startswith(_RELATIVE):
                    text = str(name).removeprefix(_RELATIVE)[:200]
                    raise DroppedTerms(f"{text!r} is not a whole address or a known type.")
            waiting.extend(value for key, value in item.items() if key not in {"@id", "@type"})
