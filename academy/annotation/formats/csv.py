"""Tables: CSV, TSV and what Excel makes of them. Which column is what is found out (columns.py), or said by the person.

A table may hold texts or files with their label; what several people said (worker, item, label) with gold beside; one
object in each row (boxes, points, spans, segments); or DeepLabCut's key points.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from academy.annotation.formats import deeplabcut, table_objects, table_writing
from academy.annotation.formats.columns import Plan, Record, media_name, plan
from academy.annotation.formats.found import Found, FoundItem, FoundLabel, Options, Problem, UnreadableSource
from academy.annotation.formats.lines import first_lines
from academy.annotation.formats.places import Place
from academy.annotation.formats.records import Records
from academy.annotation.formats.registry import Format
from academy.annotation.formats.sidecar import read_labels
from academy.annotation.formats.table_objects import ObjectTable, Shapes, shapes_of
from academy.annotation.formats.tables import TABLES, Row, Table, is_own_folders
from academy.i18n import say

_GOLD_NAMES = ("gold", "gold_labels", "truth", "answers", "정답")
_FORMULA = ("=", "+", "-", "@", "'")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table with what its columns mean. `names` are the columns, made up if there is no heading."""

    table: Table
    names: tuple[str, ...]
    headless: bool
    plan: Plan
    shapes: Shapes | None

    @property
    def speaks_of_people(self) -> bool:
        return bool(self.plan.annotator or self.plan.people)

    def rows(self) -> Iterator[tuple[int, Record] | Problem]:
        """(line, record) of each row."""
        for row in self.table.rows(heading=not self.headless):
            if isinstance(row, Problem):
                yield row
                continue
            cells = map(_plain_cell, row.cells) if self.plan.ours else row.cells
            yield row.line, dict(zip(self.names, cells, strict=True))

    def mended(self) -> Iterator[Problem]:
        """A word for rows whose quotes did not come in pairs."""
        if not self.table.quoted and self.table.quotes:
            sentence = say("Quotes do not come in pairs in %(file)s; they were taken as text.", file=self.table.name)
            yield Problem(self.table.name, None, sentence)
        for line in self.table.open_quotes if self.table.quoted else ():
            sentence = say("Line %(line)s: a quote is opened and not closed; it was taken as text.", line=line)
            yield Problem(self.table.name, str(line), sentence)


def read(place: Place, options: Options) -> Iterator[Found]:
    """Every table of the place: gold before what people said, so that a task begins with its gold."""
    paths = [path for path in place.labels(*TABLES) if path != options.labels]
    gold = _gold_paths(place, options)
    yield from read_labels(place).values()
    sheets: list[_Sheet] = []
    problems: list[Problem] = []
    any_item = False
    for path in [*gold, *paths]:
        try:
            table = Table(path, place.name(path) if path.is_relative_to(place.root) else path.name)
            if deeplabcut.fits(table):
                any_item = True
                yield from deeplabcut.read(table, place, options)
            else:
                sheets.append(_sheet(table, place, options if path in paths else Options()))
        except UnreadableSource as error:
            problems.append(Problem(path.name, None, error.sentence))
    sheets.sort(key=lambda sheet: sheet.speaks_of_people)
    for sheet in sheets:
        for found in _read_sheet(sheet, place, options, alone=len(sheets) == 1 and not any_item):
            any_item = any_item or isinstance(found, FoundItem)
            if any_item or not isinstance(found, Problem):
                yield from problems
                problems = []
                yield found
            else:
                problems.append(found)
    if not any_item:
        raise UnreadableSource(
            problems[0].sentence if problems else say("%(place)s holds no table with items.", place=place.path.name)
        )
    yield from problems


def _gold_paths(place: Place, options: Options) -> list[Path]:
    """The table of gold that the person named, or that lies beside the one table that was named."""
    if options.labels is not None:
        return [options.labels]
    if place.file is None:
        return []
    beside = (place.root / f"{name}{suffix}" for name in _GOLD_NAMES for suffix in TABLES)
    return [path for path in beside if path.is_file() and path != place.file][:1]


def _sheet(table: Table, place: Place, options: Options) -> _Sheet:
    """What the columns of a table mean."""
    if not table.header:
        raise UnreadableSource(say("%(file)s is empty.", file=table.name))
    names = _made_up(table.header)
    headless = names is not None
    names = names or _distinct(table.header)
    rows = [tuple(table.header), *table.sample] if headless else table.sample
    sample = [dict(zip(names, cells, strict=False)) for cells in rows]
    meant = plan(names, sample, options, is_media=lambda written: place.find(written) is not None)
    return _Sheet(table, names, headless, meant, shapes_of(names, meant))


def _read_sheet(sheet: _Sheet, place: Place, options: Options, *, alone: bool) -> Iterator[Found]:
    table = sheet.table
    if options.labels == table.path:
        options = Options()
        if table.width == 1:
            yield from (FoundLabel(name) for name in _names_listed(table))
            return
    if not table.sample and not sheet.headless and not alone:
        return  # a list with nothing in it, beside others
    if not sheet.plan.useful:
        sentence = say(
            "%(file)s was not read: no column holds texts, files or labels of items. Its columns are: %(columns)s.",
            file=table.name, columns=", ".join(sheet.names)[:1_000],
        )  # fmt: skip
        yield Problem(table.name, None, sentence)
        return
    if sheet.plan.guessed:
        yield Problem(table.name, None, sheet.plan.words())
    yield from sheet.mended()
    if sheet.shapes is not None:
        yield from ObjectTable(sheet.plan, sheet.shapes, table.name, place, options).read(sheet.rows)
    else:
        yield from _read_records(sheet, place, options)


def _read_records(sheet: _Sheet, place: Place, options: Options) -> Iterator[Found]:
    table = sheet.table
    if not sheet.plan.texts and not sheet.plan.file and sheet.speaks_of_people:
        sentence = say("%(file)s does not hold what people were shown; its tasks wait for it.", file=table.name)
        yield Problem(table.name, None, sentence)
    records = Records(sheet.plan, table.name, place, options)
    for row in sheet.rows():
        if isinstance(row, Problem):
            yield row
        else:
            line, record = row
            yield from records.read(record, str(line))


def _made_up(header: tuple[str, ...]) -> tuple[str, ...] | None:
    """Names for the columns of a table without a heading; None if it has one."""
    if boxes := table_objects.headless_boxes(header):
        return tuple(boxes)
    files = [position for position, cell in enumerate(header) if media_name(cell)]
    if not files and not any(cell.replace(".", "", 1).isdecimal() for cell in header):
        return None
    if len(header) == 2 and files:
        return ("file", "label") if files == [0] else ("label", "file")
    return tuple(f"column {number}" for number in range(1, len(header) + 1))


def _distinct(header: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for number, name in enumerate(header, 1):
        wanted = name or f"column {number}"
        names.append(wanted if wanted not in names else f"{wanted} {number}")
    return tuple(names)


def _names_listed(table: Table) -> Iterator[str]:
    """The labels of a file that lists one in each line."""
    seen: set[str] = set()
    for row in table.rows(heading=False):
        name = row.cells[0].strip() if isinstance(row, Row) else ""
        if name and name not in seen:
            seen.add(name)
            yield name


def _plain_cell(cell: str) -> str:
    """What our tables write with a quote in front, so that no spreadsheet takes it for a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in _FORMULA else cell


def fits(place: Place) -> bool:
    """A table one of whose columns names texts, files or labels of items."""
    for path in place.labels(*TABLES)[:20]:
        if place.file is None and path.suffix.lower() not in TABLES:
            continue
        if not first_lines(path, 1):
            continue
        table = Table(path, path.name)
        if deeplabcut.fits(table):
            return True
        if place.file is None and is_own_folders(table):
            continue
        try:
            sheet = _sheet(table, place, Options())
        except UnreadableSource:
            continue
        # A table that the person named itself needs no more than something to label.
        answered = sheet.plan.telling or sheet.shapes or place.file is not None
        if sheet.plan.useful and answered and table.width > 1 and (table.sample or sheet.headless):
            return True
    return False


FORM = Format("csv", "CSV, TSV", read, table_writing.write, fits, table_writing.CARRIES, single_file=".csv")
