"""The readings of ICDAR's competitions: where words stand in a picture (localisation), what a picture of one word says
(recognition), and which pixels belong to which letter (segmentation). Read only.

Numbers may be parted by commas or blanks, words may stand in quotes or not. A word that nobody can read ("###") is to
be ignored. ICDAR has no classes: words are called "text", letters "letter".
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from academy.annotation.formats import own
from academy.annotation.formats.found import (
    Found,
    FoundItem,
    FoundObject,
    Options,
    Problem,
    UnreadableSource,
    whole,
)
from academy.annotation.formats.lines import Line, first_lines, read_lines
from academy.annotation.formats.pairing import Pairing
from academy.annotation.formats.places import PICTURES, Place
from academy.annotation.formats.registry import Carries, Format
from academy.annotation.formats.voc_masks import Pixels, as_runs
from academy.annotation.formats.xml import number
from academy.i18n import Sentence, say
from academy.uploads.rules import MAX_PIXELS

WORD, LETTER = "text", "letter"
UNREADABLE = ("###", "*", "#")
LANGUAGES = frozenset({
    "Arabic", "Latin", "Chinese", "Japanese", "Korean", "Bangla", "Hindi", "Symbols", "Mixed", "None",
})  # fmt: skip
_QUOTED = re.compile(r"""\s*([-+\d.,\s]*[\d.])[\s,]+"(.*)"\s*""")
_PICTURE = re.compile(r"""\s*(.+?\.(?:png|jpe?g|bmp|webp))\s*[,\t]\s*(.*?)\s*""", re.IGNORECASE)
_LETTER = re.compile(r"""\s*(#?)\s*((?:-?\d+[\s,]+){9})"(.*)"\s*""")


def read(place: Place, _options: Options) -> Iterator[Found]:
    """Everything in the three kinds of files, then the pictures without a reading."""
    files = [(path, kind) for path in place.labels(".txt") if (kind := _kind(path))]
    if not files:
        raise UnreadableSource(say("%(place)s holds no readings as ICDAR writes them.", place=place.path.name))
    source = _Source(place)
    for path, kind in files:
        if kind == "recognition":
            yield from source.recognition(path)
        elif kind == "segmentation":
            yield from source.segmentation(path)
        else:
            yield from source.localisation(path)
    for picture in place.unused() if place.file is None else ():
        yield FoundItem(name=place.name(picture), file=place.name(picture), labelled=False, media=picture)


def _kind(path: Path) -> str:
    """Which of the three a text file is, by its name and its first lines; "" for none."""
    head = [line for line in first_lines(path, 10) if line.strip()] if path.suffix.lower() == ".txt" else []
    stem = path.stem.lower()
    if not head:
        return "localisation" if stem.startswith("gt_") and path.suffix.lower() == ".txt" else ""
    if _LETTER.fullmatch(head[0]):
        return "segmentation"
    if _PICTURE.fullmatch(head[0]) and (stem.endswith("gt") or '"' in head[0]):
        return "recognition"
    row = _row(head[0])
    if row is None:
        return "localisation" if stem.startswith("gt_") else ""
    return "localisation" if stem.startswith("gt_") or number(row[1]) is None else ""


Row = tuple[list[float], str, str]
"""The numbers, the word, and its language where one is named."""


def _row(text: str) -> Row | None:
    """A line of a localisation; None if it is none."""
    if quoted := _QUOTED.fullmatch(text):
        values = own.numbers(number(cell) for cell in re.split(r"[\s,]+", quoted[1].strip(" ,\t")))
        return (values, quoted[2], "") if values and (len(values) == 4 or _is_ring(values)) else None
    cells = text.strip().split(",") if "," in text else text.split()
    glue = "," if "," in text else " "
    values = []
    for cell in cells:
        value = number(cell)
        if value is None or len(values) == 8:
            break
        values.append(value)
    count = 8 if len(values) == 8 else 4 if len(values) >= 4 else 0
    rest = cells[count:]
    if not count or (count == 4 and not rest):
        return None
    language = rest.pop(0).strip() if len(rest) > 1 and rest[0].strip() in LANGUAGES else ""
    return values[:count], glue.join(rest).strip(), language


def _is_ring(values: Sequence[float]) -> bool:
    return len(values) >= 6 and len(values) % 2 == 0


class _Source:
    """What the files of one place share."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.pairing = Pairing(place)
        self.colored = {path for path in place.media(PICTURES) if path.stem.lower().endswith("_gt")}
        place.used.update(self.colored)

    def _lines(self, file: Path, name: str) -> Iterator[Line | Problem]:
        try:
            yield from read_lines(file, name) if file.stat().st_size else ()
        except UnreadableSource as error:
            yield Problem(name, None, error.sentence)

    def _picture(self, file: Path, stem: str) -> Path | None:
        picture = self.pairing.find(file, stem)
        return None if picture in self.colored else picture

    def _item(self, file: Path, stem: str, objects: Sequence[FoundObject]) -> Iterator[FoundItem | Problem]:
        name = self.place.name(file)
        picture = self._picture(file, stem)
        if picture is None:
            yield Problem(name, None, own.missing_picture(stem))
        yield FoundItem(
            name=self.place.name(picture) if picture else stem,
            file=name,
            media=picture,
            missing="" if picture else stem,
            objects=tuple(objects),
        )

    # Localisation --------------------------------------------------------------------------------------------------

    def localisation(self, file: Path) -> Iterator[FoundItem | Problem]:
        """The words of one picture: boxes (four numbers) or outlines (six and more)."""
        name = self.place.name(file)
        objects = []
        for line in self._lines(file, name):
            if isinstance(line, Problem):
                yield line
            elif line.text.strip():
                thing = _word(line)
                if thing is None:
                    yield Problem(name, str(line.number), _no_word(line), 1)
                else:
                    objects.append(thing)
        yield from self._item(file, re.sub(r"^gt_", "", file.stem, flags=re.IGNORECASE), objects)

    # Recognition ---------------------------------------------------------------------------------------------------

    def recognition(self, file: Path) -> Iterator[FoundItem | Problem]:
        """One line for each picture of a word."""
        name = self.place.name(file)
        seen: dict[str, int] = {}
        for line in self._lines(file, name):
            if isinstance(line, Problem):
                yield line
                continue
            if not line.text.strip():
                continue
            row = _PICTURE.fullmatch(line.text)
            if row is None or row[1] in seen:
                yield Problem(name, str(line.number), _no_reading(line, seen.get(row[1]) if row else None), 1)
                continue
            seen[row[1]] = line.number
            picture = self._picture(file, row[1])
            item = FoundItem(
                name=self.place.name(picture) if picture else row[1],
                file=name,
                kind="transcription",
                media=picture,
                missing="" if picture else row[1],
                fields={"text": _unquoted(row[2])},
                shared=True,
            )
            if picture is None:
                yield item.problem(None, own.missing_picture(row[1]))
            yield item

    # Segmentation --------------------------------------------------------------------------------------------------

    def segmentation(self, file: Path) -> Iterator[FoundItem | Problem]:
        """The letters of one picture: the pixels that have the colour its line names."""
        name = self.place.name(file)
        beside = (path for path in sorted(self.colored) if path.parent == file.parent and path.stem == file.stem)
        drawn = _colors(next(beside, None))
        if drawn is None:
            sentence = say("The picture with the colours of the letters is not there; their boxes were taken instead.")
            yield Problem(name, None, sentence)
        objects: list[FoundObject] = []
        word = 1
        for line in self._lines(file, name):
            if isinstance(line, Problem):
                yield line
            elif not line.text.strip():
                word += 1
            elif (row := _LETTER.fullmatch(line.text)) is None:
                yield Problem(name, str(line.number), _no_letter(line), 1)
            else:
                numbers = [int(cell) for cell in re.split(r"[\s,]+", row[2].strip(" ,\t"))]
                if drawn is not None and (sentence_of := _outside(numbers, row[3], drawn)):
                    yield Problem(name, str(line.number), sentence_of)
                objects.append(_letter(line, numbers, row[3], word, bool(row[1]), drawn))
        yield from self._item(file, re.sub(r"_gt$", "", file.stem, flags=re.IGNORECASE), objects)


def _word(line: Line) -> FoundObject | None:
    row = _row(line.text)
    if row is None:
        return None
    values, text, language = row
    values = [whole(value) for value in values]
    beside = {} if text in UNREADABLE or not text else {"text": text}
    attributes = {"language": language} if language else {}
    common = {"ignore": text in UNREADABLE, "attributes": attributes, "beside": beside}
    if len(values) == 4:
        left, top, right, bottom = values
        return FoundObject(str(line.number), WORD, "box", (left, top, right - left, bottom - top), **common)  # type: ignore[arg-type]
    ring = [[x, y] for x, y in zip(values[::2], values[1::2], strict=True)]
    return FoundObject(str(line.number), WORD, "polygon", [[ring]], **common)  # type: ignore[arg-type]


def _letter(
    line: Line, numbers: Sequence[int], text: str, word: int, ignored: bool, drawn: Pixels | None
) -> FoundObject:
    red, green, blue, _x, _y, left, top, right, bottom = numbers
    pixels = drawn == (red << 16 | green << 8 | blue) if drawn is not None else None
    called = str(line.number)
    attributes, beside = {"word": word}, {"text": text}
    if pixels is not None and pixels.any():
        mask = as_runs(pixels)
        return FoundObject(called, LETTER, "mask", mask, ignore=ignored, attributes=attributes, beside=beside)
    box = (left, top, right - left, bottom - top)
    return FoundObject(called, LETTER, "box", box, ignore=ignored, attributes=attributes, beside=beside)


def _outside(numbers: Sequence[int], text: str, drawn: Pixels) -> Sentence | None:
    """What is to be said of a letter whose numbers lie outside its picture."""
    red, green, blue, x, y, left, top, right, bottom = numbers
    height, width = drawn.shape
    if 0 <= x < width and 0 <= y < height and 0 <= left <= right <= width and 0 <= top <= bottom <= height:
        return None
    return say(
        "The letter %(letter)s: its middle (%(x)s, %(y)s) or its box (%(left)s, %(top)s)-(%(right)s, %(bottom)s) lies "
        "outside the picture of %(width)s x %(height)s pixels; the pixels in its colour (%(red)s, %(green)s, %(blue)s) "
        "were taken.",
        letter=text, red=red, green=green, blue=blue, x=x, y=y, left=left, top=top, right=right, bottom=bottom,
        width=width, height=height,
    )  # fmt: skip


def _no_word(line: Line) -> Sentence:
    return say(
        "Line %(line)s gives no four or eight numbers with a word behind them; it was not imported.", line=line.number
    )


def _no_letter(line: Line) -> Sentence:
    return say(
        "Line %(line)s gives no colour, middle, box and letter (nine numbers and a letter in quotes); it was not "
        "imported.",
        line=line.number,
    )


def _no_reading(line: Line, before: int | None) -> Sentence:
    if before is None:
        return say("Line %(line)s names no picture with its word; it was not imported.", line=line.number)
    return say(
        "Line %(line)s reads a picture that line %(before)s reads already; it was not imported.",
        line=line.number,
        before=before,
    )


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    return text


def _colors(path: Path | None) -> Pixels | None:
    """Each pixel's colour as one number; None if there is no picture to read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path is None:
                return None
            with Image.open(path, formats=("BMP", "PNG")) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                drawn = np.asarray(picture.convert("RGB"), np.uint32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    packed: Pixels = drawn[..., 0] << 16 | drawn[..., 1] << 8 | drawn[..., 2]
    return packed


def _fits(place: Place) -> bool:
    texts = [path for path in place.labels(".txt") if path.suffix.lower() == ".txt"]
    return any(_kind(path) and path.stat().st_size for path in texts[:20])


FORM = Format("icdar", "ICDAR", read=read, write=None, fits=_fits, carries=Carries())
