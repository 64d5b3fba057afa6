"""The check of an import: each item of a source with its medium, its gold and what is odd, in the order of the files.

Knows no database: a dry run of the command line does exactly this and nothing more.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from academy.annotation.exchange.media_bench import Kept, MediaBench
from academy.annotation.formats.every import FORMATS, guess
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.annotation.formats.preparing import Prepared, found_objects, prepare
from academy.annotation.rules import MediaKind
from academy.i18n import Sentence, say
from academy.uploads.rules import RefusedFile
from academy.uploads.words import sentence_of

PICTURES = "pictures"
"""The form of a source without labels: its media become tasks without gold."""
AHEAD = 8
"""So many media are opened before the first of them is looked at."""
MOST_PROBLEMS = 100
"""Of one line; who has more reads the first ones and how many there are."""
MOST_LABELS = 5_000
LONGEST_NAME = 400
"""Characters of an item's name, and of an annotator's."""
LONGEST_TAG = 200


@dataclass(slots=True)
class Line:
    """One line of the preview: an item with one person's labels, or (item None) a file that none could be read from."""

    name: str
    file: str
    item: FoundItem | None = None
    prepared: Prepared | None = None
    kept: Kept | None = None
    problems: list[Problem] = field(default_factory=list)
    refused: bool = False

    @property
    def found(self) -> int:
        """Objects that the source holds here, those that did not come in among them."""
        return self.objects + sum(problem.lost for problem in self.problems)

    @property
    def objects(self) -> int:
        """Objects that can come in."""
        return self.prepared.objects if self.prepared is not None and not self.refused else 0

    def refuse(self, problem: Problem) -> None:
        """Nothing of the item comes in."""
        lost = self.objects
        self.refused = True
        self.problems.append(replace(problem, lost=lost))


@dataclass(frozen=True, slots=True)
class Source:
    """A place and how it is read."""

    place: Place
    form: str
    guessed: bool
    options: Options
    refused: Sequence[Problem] = ()
    """What of it did not even come this far: files of a zip that were not unpacked."""


def source_at(path: Path, form: str, options: Options, refused: Sequence[Problem] = ()) -> Source:
    """What lies at `path`; its format is guessed if it is not named. Raises UnreadableSource."""
    place = Place(path)
    if form:
        return Source(place, form, False, options, refused)
    guessed = guess(place)
    if guessed is not None:
        return Source(place, guessed.token, True, options, refused)
    if refused or any(place.media()):
        return Source(place, PICTURES, True, options, refused)
    inside = [one.name for one in path.iterdir()] if path.is_dir() else []
    name = inside[0] if len(inside) == 1 else path.name  # what was sent lies in a folder that only we know
    raise UnreadableSource(say("%(name)s holds no labels and no media that we can read.", name=name))


def _read(source: Source) -> Iterator[Found]:
    """What the source holds; labels of nobody in particular are those of the person who was named."""
    if source.form == PICTURES:
        yield from _media_only(source.place)
        return
    person = source.options.annotator
    for found in FORMATS[source.form].read(source.place, source.options):
        if isinstance(found, FoundItem) and person and found.labelled and not found.annotator:
            yield replace(found, annotator=person)
        else:
            yield found


def _media_only(place: Place) -> Iterator[Found]:
    """Every file is something to label; what is no medium is opened too, and refused with the reason."""
    for path in place.files:
        name = place.name(path)
        yield FoundItem(name=name, file=name, labelled=False, media=path)


@dataclass(slots=True)
class Told:
    """What was found beside the lines, complete once all lines were read."""

    labels: dict[str, FoundLabel] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    def label(self, found: FoundLabel) -> None:
        """One more label; what says more of it wins."""
        if len(self.labels) >= MOST_LABELS and found.name not in self.labels:
            raise UnreadableSource(
                say("There are more than %(most)s different labels. Look whether the right column or field was taken "
                    "as the label.", most=MOST_LABELS)
            )  # fmt: skip
        known = self.labels.get(found.name)
        if known is None or known == FoundLabel(found.name):
            self.labels[found.name] = found


def check(source: Source, bench: MediaBench, told: Told, *, clip: bool) -> Iterator[Line]:
    """Every line of the preview. Raises UnreadableSource when nothing can be read at all, or no further."""
    for problem in source.refused:
        yield Line(problem.file, problem.file, problems=[problem], refused=True)
    yield from _once(_lines(source, bench, told, clip))


def _lines(source: Source, bench: MediaBench, told: Told, clip: bool) -> Iterator[Line]:
    waiting: deque[tuple[FoundItem, Future[Kept] | Kept | None]] = deque()
    beside = _Beside()
    for found in _read(source):
        if isinstance(found, FoundLabel):
            told.label(found)
        elif isinstance(found, Problem):
            yield from beside.add(found)
        else:
            beside.know(found)
            waiting.append((found, bench.ask(found)))
            if len(waiting) > AHEAD:
                yield _line(*waiting.popleft(), beside, told, clip)
    while waiting:
        yield _line(*waiting.popleft(), beside, told, clip)
    yield from beside.rest()


class _Beside:
    """What a reader said, brought to the line it belongs to: the item in the same place, or the first of its file."""

    def __init__(self) -> None:
        self._by_place: dict[str, list[Problem]] = {}
        self._files: set[str] = set()
        self._count = 0

    def know(self, item: FoundItem) -> None:
        self._files.add(item.file)

    def add(self, problem: Problem) -> Iterator[Line]:
        self._by_place.setdefault(problem.file, []).append(problem)
        self._count += 1
        if self._count > 20 * AHEAD + MOST_PROBLEMS:  # a source that is nothing but odd must not fill the memory
            yield from self.rest()

    def take(self, item: FoundItem) -> list[Problem]:
        """What is to be said beside this item."""
        taken = self._by_place.pop(item.place, [])
        if item.file != item.place:
            taken += self._by_place.pop(item.file, [])
        self._count -= len(taken)
        return taken

    def rest(self) -> Iterator[Line]:
        """What belongs to no item."""
        for file, problems in self._by_place.items():
            for start in range(0, len(problems), MOST_PROBLEMS):
                yield Line(file, file, problems=problems[start : start + MOST_PROBLEMS], refused=True)
        self._by_place, self._count = {}, 0


def _line(item: FoundItem, asked: "Future[Kept] | Kept | None", beside: _Beside, told: Told, clip: bool) -> Line:
    problems = beside.take(item)
    line = Line(item.name, item.file, item, problems=problems)
    if max(len(item.name), len(item.annotator)) > LONGEST_NAME:
        sentence = say("The name of this item or of its annotator has more than %(most)s characters; it was not "
                       "imported. Give it a shorter one.", most=LONGEST_NAME)  # fmt: skip
        line.refused = True
        line.problems.append(item.problem(None, sentence, lost=found_objects(item)))
        return line
    tags = tuple(tag for tag in item.tags if 0 < len(tag) <= LONGEST_TAG)
    if tags != item.tags:
        sentence = say("Tags that are empty or have more than %(most)s characters were left out.", most=LONGEST_TAG)
        line.problems.append(item.problem(None, sentence))
        line.item = item = replace(item, tags=tags)
    try:
        line.kept = asked.result() if isinstance(asked, Future) else asked
    except RefusedFile as refused:
        return _unopened(line, item, sentence_of(refused))
    except OSError:
        return _unopened(line, item, say("This file can not be read. Look whether it is still there."))
    line.prepared = prepare(item, line.kept, clip=clip)
    line.problems += line.prepared.problems
    line.refused = line.prepared.refused
    if not line.refused:
        if line.prepared.kind or line.prepared.document is not None:
            told.kinds.add(line.prepared.kind)
        for label in line.prepared.labels:
            told.label(FoundLabel(label))
    return line


def _unopened(line: Line, item: FoundItem, why: Sentence) -> Line:
    path = item.frames[0] if item.frames else item.media
    name = path.name if path is not None and item.labelled else item.name
    line.refused = True
    line.problems.append(Problem(name, None, why, lost=found_objects(item)))
    return line


def _once(lines: Iterator[Line]) -> Iterator[Line]:
    """What two files label goes in with the first of them."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if line.item is not None and not line.refused:
            key = (line.name, line.item.annotator)
            if key in seen:
                sentence = say("%(name)s has labels in another place already; these were not imported.", name=line.name)
                line.refuse(line.item.problem(None, sentence))
            seen.add(key)
        yield line


def media_kind(line: Line) -> MediaKind:
    """What the line's task would show."""
    return MediaKind(line.kept.kind) if line.kept is not None else MediaKind.AWAITED
