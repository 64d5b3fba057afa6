"""Tables as text: CSV, TSV, Excel's exports. What parts the cells and whether quotes count is found out, not asked.

Quotes are a trap: in a table written without quoting, a text that begins with an unpaired quote swallows the rows below
it. So the whole file is counted both ways, and the way is taken in which more rows have as many cells as the heading.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from academy.annotation.formats.found import Problem, UnreadableSource, plain_label
from academy.annotation.formats.lines import Line, encoding_of, first_lines, read_lines
from academy.i18n import say

TABLES = (".csv", ".tsv", ".tab")
DELIMITERS = ("\t", ",", ";", "|")
OWN_FOLDERS = ("item", "file", "label")
"""The heading of labels.csv in what we write as folders of classes."""
NO_DELIMITER = "\x1f"
MOST_LINES = 500
"""Of one row whose quotes hold line ends."""
MOST_COLUMNS = 2_000
_SAMPLE = 60
MOST_SAID = 1_000
_NEEDED = re.compile(r'(?:^|\t)"(?:[^"\t]*[,;]|[^"]*(?:""|$))')
"""A cell that Excel would quote: it holds a comma, a quote or the end of a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, as many as the heading has."""

    line: int
    """Where it begins."""
    cells: tuple[str, ...]
    mended: bool = False
    """Its quotes did not come in pairs and were taken as text."""


class Table:
    """A table in a text file. `name` is what messages call it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        lines = [line for line in first_lines(path, _SAMPLE) if line.strip()]
        self.said = _said_delimiter(lines[0]) if lines else ""
        if self.said:
            lines = lines[1:]
        if not lines:
            encoding_of(path, name)  # says why, if it is no text
        self.delimiter = self.said or _delimiter(lines)
        heading = _cells(lines[0].lstrip("\ufeff"), self.delimiter) if lines else []
        while heading and not heading[-1].strip():
            heading.pop()
        self.header = tuple(plain_label(cell) for cell in heading[:MOST_COLUMNS])
        """The cells of the first row, which usually names the columns."""
        self.quotes = False
        """Whether cells begin with quotes; known once `quoted` is, as is:"""
        self.open_quotes: list[int] = []
        """Lines on which a quote is opened and never closed."""
        self.sample = [tuple(cells) for line in lines[1:] if len(cells := _cells(line, self.delimiter)) >= self.width]
        """Some of the first rows, read in the simple way: to see what the columns hold."""

    @property
    def width(self) -> int:
        return len(self.header)

    @cached_property
    def quoted(self) -> bool:
        """Whether quotes around a cell are signs of the table (and not of its text)."""
        begins = plain = needed = 0
        start = f'{self.delimiter}"'
        for line in self._lines():
            if isinstance(line, Line):
                plain += line.text.count(self.delimiter) + 1 == self.width
                if line.text.startswith('"') or start in line.text:
                    begins += 1
                    needed += _NEEDED.search(line.text) is not None
        self.quotes = begins > 0
        if not begins:
            return False
        rows = mended = 0
        for row in self._records(self._lines(), quoted=True):
            if isinstance(row, Row):
                rows += 1
                mended += row.mended
                if row.mended and len(self.open_quotes) < MOST_SAID:
                    self.open_quotes.append(row.line)
        if self.delimiter != "\t" or rows > plain:
            return rows >= plain
        # Tables with tabs are often written without quoting, and then the quotes belong to the text; unless some
        # quotes were needed, or every line has them, and none is left open.
        return rows == plain and not mended and (needed > 0 or begins >= plain - 1)

    def rows(self, *, heading: bool = True) -> Iterator[Row | Problem]:
        """Every row below the heading (or with it), and a problem for each that can not be read."""
        if not self.header:
            raise UnreadableSource(say("%(file)s is empty.", file=self.name))
        rows = self._records(self._lines(), quoted=self.quoted)
        if heading:
            # The heading may hold fewer signs than its row: it stands on the first line that is not blank.
            yield from _without_heading(rows, self.header)
        else:
            yield from rows

    def _lines(self) -> Iterator[Line | Problem]:
        lines = read_lines(self.path, self.name)
        yield from islice(lines, 1, None) if self.said else lines

    def _records(self, lines: Iterator[Line | Problem], *, quoted: bool) -> Iterator[Row | Problem]:
        feeder = _Feeder(lines)
        reader = (
            csv.reader(feeder, delimiter=self.delimiter, strict=True)
            if quoted
            else csv.reader(feeder, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        )
        while not feeder.ended:
            feeder.begin()
            try:
                cells = self._fitting(row := next(reader))
            except (csv.Error, StopIteration):
                cells, row = None, []
            yield from feeder.problems()
            if not feeder.taken:
                continue
            line = feeder.taken[0]
            mended = cells is None and (not row or quoted)
            if mended:
                # A quote that is never closed, or closed by one of another row: this line is read without quotes.
                row = line.text.split(self.delimiter)
                cells = self._fitting(row)
                feeder.put_back_but_first()
            if cells is not None:
                yield Row(line.number, cells, mended)
            elif any(cell.strip() for cell in row):
                yield self._ragged(line, len(row))

    def _fitting(self, cells: list[str]) -> tuple[str, ...] | None:
        """The cells, if they are as many as the heading has; blank ones behind do not count."""
        if len(cells) < self.width or any(cell.strip() for cell in cells[self.width :]):
            return None
        if not any(cell.strip() for cell in cells):
            return None
        return tuple(cells[: self.width])

    def _ragged(self, line: Line, cells: int) -> Problem:
        sentence = say(
            "Line %(line)s has %(cells)s cells, but the heading has %(width)s; the line was not imported.",
            line=line.number, cells=cells, width=self.width,
        )  # fmt: skip
        return Problem(self.name, str(line.number), sentence, 1)


class _Feeder:
    """Lines for a csv.reader, which can be put back, and which end where one row has taken far too many."""

    def __init__(self, lines: Iterator[Line | Problem]) -> None:
        self.lines, self.waiting = lines, deque[Line]()
        self.taken: list[Line] = []
        self.found: list[Problem] = []
        self.ended = self.paused = False

    def __iter__(self) -> "_Feeder":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES or self.paused:
            raise StopIteration
        line = self.waiting.popleft() if self.waiting else self._fresh()
        self.taken.append(line)
        return line.text + "\n"

    def _fresh(self) -> Line:
        for line in self.lines:
            if isinstance(line, Line):
                return line
            self.found.append(line)
            if self.taken:  # a line that can not be read ends the row it may have belonged to
                break
        else:
            self.ended = True
        self.paused = True
        raise StopIteration

    def begin(self) -> None:
        """A new row."""
        self.taken.clear()
        self.paused = False

    def put_back_but_first(self) -> None:
        self.waiting.extendleft(reversed(self.taken[1:]))
        if self.waiting:
            self.ended = False

    def problems(self) -> Iterator[Problem]:
        yield from self.found
        self.found.clear()


def is_own_folders(table: Table) -> bool:
    """Whether the table lists the files of folders that we wrote: then they are read as folders."""
    return table.header == OWN_FOLDERS and table.path.name == "labels.csv"


def _without_heading(rows: Iterable[Row | Problem], header: tuple[str, ...]) -> Iterator[Row | Problem]:
    waiting = True
    for row in rows:
        if waiting and isinstance(row, Row):
            waiting = False
            if tuple(plain_label(cell.lstrip("\ufeff")) for cell in row.cells[: len(header)]) == header:
                continue
        yield row


def _said_delimiter(line: str) -> str:
    """Excel's own first line `sep=;`."""
    said = line.strip().strip('"').lower()
    return said[4:] if len(said) == 5 and said.startswith("sep=") else ""


def _delimiter(lines: list[str]) -> str:
    """What parts the cells: what gives the most rows as many cells as the heading; a tab before all others."""
    best, best_score = NO_DELIMITER, (0.0, 0)
    for delimiter in DELIMITERS:
        width = len(_cells(lines[0], delimiter)) if lines else 0
        if width < 2:
            continue
        rows = lines[1:] or lines
        same = sum(width in (len(_cells(line, delimiter)), line.count(delimiter) + 1) for line in rows)
        score = (1.0 if delimiter == "\t" and same else same / len(rows), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)
