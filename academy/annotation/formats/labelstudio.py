"""Label Studio: its JSON of tasks with their annotations, and the configuration beside it (label_config.xml).

One task at a time is in memory. Goes out as tasks that Label Studio imports, with a configuration that shows them; what
it has no place for (ids, flags, attributes) stands in `meta`, which it keeps and passes over.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from academy.annotation.formats import own
from academy.annotation.formats.found import Found, Options, Problem, UnreadableSource
from academy.annotation.formats.labelstudio_config import Config, config_of, merged
from academy.annotation.formats.labelstudio_min import is_short, lengthened
from academy.annotation.formats.labelstudio_tasks import Source, answers_of, found_in
from academy.annotation.formats.labelstudio_writing import write
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.sidecar import FILE, read_labels
from academy.annotation.formats.streams import BrokenJson, JsonStream
from academy.annotation.formats.xml import RefusedXml, read_xml, root_tag
from academy.i18n import say

_LOOKED_AT, _HEAD = 20, 64 * 1024
_TASKS = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\[?\s*\{")
_MARKS = (b'"from_name"', b'"to_name"', b'"completed_by"', b'"was_cancelled"', b'"ground_truth"', b'"annotation_id"')
_LISTS = (b'"annotations"', b'"completions"', b'"predictions"')
_PROBE = 50
"""Tasks that are held against the configurations to find out which belongs to a file."""


def fits(place: Place) -> bool:
    return any(_looks_like_tasks(path) for path in _files(place)[:_LOOKED_AT])


def _files(place: Place) -> list[Path]:
    return [path for path in place.labels(".json") if path.suffix.lower() == ".json" and path.name != FILE]


def _looks_like_tasks(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if not _TASKS.match(head):
        return False
    return any(mark in head for mark in _MARKS) or (b'"data"' in head and any(part in head for part in _LISTS))


def read(place: Place, options: Options) -> Iterator[Found]:
    """Everything in the task files of a folder, or in one of them."""
    configs, any_file = dict(_configs(place)), False
    beside = read_labels(place)
    told, names = set[str](), set[str]()
    for path in _files(place):
        if not _looks_like_tasks(path) and place.file is None:
            continue
        any_file = True
        source = Source(place, place.name(path), _config_for(path, configs), options.annotator, names)
        for label in source.config.labels():
            if label.name not in told:
                told.add(label.name)
                yield merged(label, beside.get(label.name))
        try:
            for number, task in enumerate(_tasks(path), 1):
                if isinstance(task, dict) and is_short(task):
                    task = lengthened(task, source.config)
                if isinstance(task, dict) and _is_task(task):
                    yield from found_in(task, number, source)
                else:
                    sentence = say("Entry %(number)s is no task of Label Studio; it was not imported.", number=number)
                    yield Problem(source.file, str(number), sentence)
        except BrokenJson as error:
            yield Problem(source.file, None, error.sentence)
    if not any_file:
        raise UnreadableSource(say("%(place)s holds no tasks of Label Studio.", place=place.path.name))
    yield from (label for name, label in beside.items() if name not in told)


def _is_task(task: dict[str, Any]) -> bool:
    return isinstance(task.get("data"), dict)


def _tasks(path: Path) -> Iterator[Any]:
    """The tasks of a file that lists them, or that is one. Raises BrokenJson."""
    with path.open("rb") as file:
        start = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{"):
        yield from (record.value for record in JsonStream(path))
        return
    yield own.object_of_file(path)


def _configs(place: Place) -> Iterator[tuple[Path, Config]]:
    for path in place.files:
        if path.suffix.lower() != ".xml" or root_tag(path) != "View":
            continue
        try:
            config = config_of(read_xml(path))
        except RefusedXml:
            continue
        if config is not None:
            yield path, config


def _config_for(path: Path, configs: Mapping[Path, Config]) -> Config:
    """The configuration beside a file (or above it) that has the controls of its answers."""
    near = [config for where, config in configs.items() if where.parent in path.parents]
    if len(near) < 2:
        return near[0] if near else Config()
    try:
        results = [result for task in islice(_tasks(path), _PROBE) for result in answers_of(task)]
    except BrokenJson:
        results = []
    return max(near, key=lambda config: config.fitness(results))


_SHAPES = frozenset(
    {
        "box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask", "track", "span", "relation",
        "segment",
    }
)  # fmt: skip

FORM = Format(
    token="labelstudio",  # noqa: S106
    title="Label Studio JSON",
    read=read,
    write=write,
    fits=fits,
    carries=Carries(
        shapes=_SHAPES,
        fields=frozenset({"choice", "choices", "accepted", "text", "preference", "ranking"}),
        media=frozenset({"picture", "text", "sound", "video", "awaited"}),
        flags=frozenset({"crowd", "ignore", "optional", "rule"}),
        beside=frozenset({"box", "area", "text"}),
        rings=True,
        attributes=True,
        ids=True,
        label_facts=frozenset({"color", "title", "parent", "hotkey", "description", "skeleton", "attributes"}),
        unused_labels=True,
        bare_items=True,
        opinions=True,
    ),
    single_file=".json",
)
