"""Tasks of Label Studio, read: what a task shows, and whose annotations are its gold.

One annotation of a task is its gold. Of several, the one marked as ground truth is, and all are what their annotators
said. Work that a reviewer returned is no gold. Predictions and drafts are nobody's labels and stay out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from academy.annotation.formats import own
from academy.annotation.formats.found import Found, FoundItem, Problem, kind_of, plain_label
from academy.annotation.formats.labelstudio_answers import fields_of
from academy.annotation.formats.labelstudio_config import Config
from academy.annotation.formats.labelstudio_regions import objects_of, regions_of
from academy.annotation.formats.labelstudio_shapes import Said, Shown
from academy.annotation.formats.places import MEDIA, PICTURES, SOUNDS, Place
from academy.i18n import say

_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
_VIDEOS = frozenset({".mp4", ".webm", ".avi", ".mov", ".mkv"})
_NAMED = {"image": "picture", "img": "picture", "picture": "picture", "photo": "picture", "ocr": "picture",
          "audio": "sound", "sound": "sound", "video": "video"}  # fmt: skip
_BY_TYPE = {"rectangle": "picture", "polygon": "picture", "brush": "picture", "keypoint": "picture",
            "ellipse": "picture", "vector": "picture", "videorectangle": "video"}  # fmt: skip


@dataclass
class Task:
    """What a task shows: its media or its texts."""

    name: str
    media: Path | None = None
    frames: tuple[Path, ...] = ()
    missing: str = ""
    kind: str = "text"
    parts: tuple[tuple[str, str], ...] = ()
    left_out: list[str] = field(default_factory=list)


@dataclass
class Source:
    """One file of tasks, on its way in."""

    place: Place
    file: str
    config: Config
    annotator: str = ""
    names: set[str] = field(default_factory=set)

    @cached_property
    def known(self) -> dict[str, frozenset[str]]:
        """The labels of each control."""
        controls = self.config.controls.items()
        return {name: frozenset(label.name for label in control.labels) for name, control in controls}

    @cached_property
    def folders(self) -> dict[str, list[Path]]:
        """The pictures in each folder: the frames of a video."""
        found: dict[str, list[Path]] = {}
        for path in self.place.media(PICTURES):
            found.setdefault(self.place.name(path.parent), []).append(path)
        return found

    def frames_of(self, name: str) -> tuple[Path, ...]:
        stem = name.rpartition(".")[0] or name
        return next(
            (
                tuple(pictures)
                for folder, pictures in self.folders.items()
                if any(f"/{folder}".endswith(f"/{one}") for one in (name, stem))
            ),
            (),
        )


def found_in(task: Mapping[str, Any], number: int, source: Source) -> Iterator[Found]:
    """The items of a task, one for each person, and what is to be said of it."""
    annotations, results = _annotations(task), answers_of(task)
    shown = _shown(task, number, results, source)
    where = f"{source.file}: {shown.name}"
    if shown.name in source.names and shown.media is None:
        again = f"{shown.name} ({source.file} {task.get('id', number)})"
        sentence = say("Another task shows %(name)s too; this one came in as %(again)s.", name=shown.name, again=again)
        where = f"{source.file}: {again}"
        yield Problem(where, None, sentence)
        shown.name = again
    source.names.add(shown.name)
    if shown.missing:
        sentence = say(
            "%(name)s was not found beside the labels; its task waits until it is imported.", name=shown.missing
        )
        yield Problem(where, None, sentence)
    if shown.left_out:
        sentence = say(
            "The task shows more (%(names)s); only what the labels are about was taken.",
            names=", ".join(shown.left_out),
        )
        yield Problem(where, None, sentence)
    yield from _not_taken(task, where)
    kept = []
    for annotation in annotations:
        if annotation.get("was_cancelled") is not True:
            kept.append(annotation)
            continue
        skipped = annotation.get("result")
        sentence = say("%(person)s skipped this task; what was drawn was left out.", person=_person(annotation))
        yield Problem(where, None, sentence, lost=len(skipped) if isinstance(skipped, list) else 0)
    if not kept:
        yield _item(shown, source, labelled=False)
    for person, annotation, problems in _people(kept, where, source):
        yield from problems
        yield from _labels(annotation, person, shown, where, source)


def answers_of(task: Any) -> list[dict[str, Any]]:
    """All results of a task, whoever said them."""
    annotations = _annotations(task) if isinstance(task, dict) else []
    return [result for one in annotations for result in _listed(one.get("result")) if isinstance(result, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _annotations(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in _listed(task.get("annotations", task.get("completions"))) if isinstance(one, dict)]


def _not_taken(task: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name in ("predictions", "drafts"):
        listed = task.get(name)
        if isinstance(listed, list) and listed:
            models = sorted({str(one.get("model_version")) for one in listed if own.facts_in(one).get("model_version")})
            what = f"{name} ({', '.join(models)})" if models else name
            sentence = say(
                "Left out, as nobody has confirmed them: %(what)s, %(count)s of them.", what=what, count=len(listed)
            )
            yield Problem(where, None, sentence)


# Who said it -------------------------------------------------------------------------------------------------------


def _people(
    annotations: list[dict[str, Any]], where: str, source: Source
) -> Iterator[tuple[str, dict[str, Any], list[Problem]]]:
    """Each annotation with whose it is ("" for gold) and what is to be said of it."""
    truth = next((one for one in annotations if one.get("ground_truth") is True), None)
    taken: set[str] = set()
    for annotation in annotations:
        problems = []
        rejected, person = _rejected_by(annotation), _person(annotation)
        if rejected is not None:
            sentence = say(
                "%(reviewer)s rejected the work of %(person)s; it came in as what %(person)s said, not as gold.",
                reviewer=rejected,
                person=person,
            )
            problems.append(Problem(where, str(annotation.get("id", "")) or None, sentence))
        is_gold = annotation is truth or (len(annotations) == 1 and rejected is None)
        if is_gold and not own.facts_in(annotation.get(own.KEY)).get("annotator"):
            yield source.annotator, annotation, problems
            continue
        name, count = person, 2
        while name in taken:
            name, count = f"{person} ({count})", count + 1
        taken.add(name)
        yield name, annotation, problems


def _person(annotation: Mapping[str, Any]) -> str:
    own_name = own.facts_in(annotation.get(own.KEY)).get("annotator")
    if isinstance(own_name, str) and own_name:
        return own_name
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return plain_label(str(by)) if isinstance(by, str | int) and str(by).strip() else "annotator"


def _rejected_by(annotation: Mapping[str, Any]) -> str | None:
    """Who returned the work, if its last review did; None if it was not returned."""
    reviews = [review for review in _listed(annotation.get("reviews")) if isinstance(review, dict)]
    last = max(reviews, key=lambda review: str(review.get("created_at") or ""), default=None)
    if last is not None and last.get("accepted") is False:
        return _person({"completed_by": last.get("created_by")})
    return "?" if last is None and annotation.get("last_action") == "rejected" else None


def _labels(annotation: Mapping[str, Any], person: str, task: Task, where: str, source: Source) -> Iterator[Found]:
    results = annotation.get("result")
    if not isinstance(results, list):
        yield Problem(where, None, say("An annotation has no list of results; it was not imported."))
        return
    text = task.parts[0][1] if len(task.parts) == 1 else ""
    size = source.place.size(task.media) if task.media and task.media.suffix.lower() in PICTURES else None
    size = source.place.size(task.frames[0]) if task.frames else size
    shown = Shown(size=size, text=text, sound=task.kind == "sound", known=source.known)
    said: list[Said] = []
    regions, relations, answers = regions_of(results, shown)
    objects = objects_of(regions, relations, shown, said)
    fields = fields_of(answers, source.config, said)
    for about, sentence, lost in said:
        yield Problem(where, about, sentence, lost)
    sizes = [result for result in results if isinstance(result, dict) and own.is_number(result.get("original_width"))]
    stated = (sizes[0]["original_width"], sizes[0].get("original_height")) if sizes else None
    yield _item(task, source, objects=tuple(objects), fields=fields, annotator=person, size=stated)


def _item(task: Task, source: Source, **more: Any) -> FoundItem:
    objects, fields = more.get("objects", ()), more.get("fields", {})
    kind = kind_of(objects, fields)
    if fields.get("text") is not None:
        kind = "mixed" if kind else "writing" if task.kind == "text" else "transcription"
    size = more.pop("size", None)
    if size and not (own.is_number(size[1]) and all(size)):
        size = None
    return FoundItem(
        name=task.name, file=source.file, kind=kind, media=task.media, missing=task.missing, frames=task.frames,
        parts=task.parts, size=size, shared=True, **more,
    )  # fmt: skip


# What it shows -----------------------------------------------------------------------------------------------------


def _shown(task: Mapping[str, Any], number: int, results: list[dict[str, Any]], source: Source) -> Task:
    data = own.facts_in(task.get("data"))
    facts = own.facts_in(own.facts_in(task.get("meta")).get(own.KEY))
    said_name = facts.get("name")
    said_name = said_name if isinstance(said_name, str) else ""
    called = str(task.get("id", number))
    about = _about(data, results, source.config)
    entry = next((key for key in about if _medium(key, data[key], results, source.config) != "text"), None)
    if entry is None:
        texts = [key for key in about or data if isinstance(data[key], str)]
        parts = tuple((key, data[key]) for key in texts)
        if len(parts) == 1 and not facts.get("parts"):
            parts = (("", parts[0][1]),)
        return Task(said_name or called, parts=parts)
    written = str(data[entry])
    kind = _medium(entry, data[entry], results, source.config)
    name = path_of(written)
    frames = source.frames_of(name) if kind == "video" else ()
    media = None if kind == "video" else _find(written, str(task.get("file_upload") or ""), source.place)
    others = [key for key in data if key != entry and (facts == {} and _is_shown(data[key]))]
    return Task(
        said_name or (source.place.name(media) if media else name or called), media, frames,
        "" if media or frames else name or written, kind, left_out=others,
    )  # fmt: skip


def _is_shown(value: Any) -> bool:
    """Whether an entry of the data is likely to be on the page: addresses and longer texts, not ids."""
    return isinstance(value, str) and ("://" in value or len(value) > 40)


def _about(data: Mapping[str, Any], results: list[dict[str, Any]], config: Config) -> list[str]:
    """The entries of the data that the answers are about: by the configuration, else by the names that answers give."""
    names = [part.strip() for result in results for part in str(result.get("to_name") or "").split(",")]
    entries = [config.data.get(name, name.lstrip("$")) for name in [*names, *([] if names else config.data)]]
    found = [key for key in dict.fromkeys(entries) if isinstance(data.get(key), str)]
    if found:
        return found
    media = [key for key in data if isinstance(data[key], str) and _medium(key, data[key], results, config) != "text"]
    return media[:1] or [key for key in data if isinstance(data[key], str)]


def _medium(key: str, value: Any, results: list[dict[str, Any]], config: Config) -> str:
    """What an entry shows: "picture", "sound", "video" or "text"."""
    shows = next((config.shows[name] for name, entry in config.data.items() if entry == key), "")
    if shows in ("picture", "sound", "video", "text"):
        return shows
    text = str(value)
    suffix = Path(path_of(text)).suffix.lower() if len(text) < 2_000 and "\n" not in text else ""
    if suffix in PICTURES | SOUNDS | _VIDEOS:
        return "picture" if suffix in PICTURES else "sound" if suffix in SOUNDS else "video"
    types = {str(result.get("type") or "").removesuffix("labels") for result in results if
             str(result.get("to_name") or "").lstrip("$") == key}  # fmt: skip
    drawn = next((_BY_TYPE[kind] for kind in types if kind in _BY_TYPE), "")
    return drawn or (_NAMED.get(key.lower(), "text") if " " not in text.strip() else "text")


def path_of(written: str) -> str:
    """The path in an address, without the host, Label Studio's own folders and the mark it puts before uploads."""
    is_address = "://" in written or written.startswith("/data/")
    parts = urlsplit(written) if is_address else None
    path = written if parts is None else unquote(parts.path)
    if parts is not None and path.startswith("/data/local-files"):
        path = parse_qs(parts.query).get("d", [path])[0]
    for prefix in ("/data/upload/", "/data/"):
        if path.startswith(prefix):
            path = path.removeprefix(prefix)
            folder, _, last = path.rpartition("/")
            path = f"{folder}/{_UPLOADED.sub('', last, count=1)}" if folder and not folder.isdecimal() else (
                _UPLOADED.sub("", last, count=1)
            )  # fmt: skip
            break
    return path.strip("/")


def _find(written: str, uploaded: str, place: Place) -> Path | None:
    """The media file; by its address, by the name it had when it was uploaded, with and without the mark before it."""
    name = path_of(written)
    last = name.rpartition("/")[2]
    tries = [name, _UPLOADED.sub("", last, count=1), uploaded, _UPLOADED.sub("", uploaded, count=1)]
    return next(filter(None, (place.find(one, MEDIA) for one in tries if one)), None)
