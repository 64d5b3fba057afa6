"""VOC's pictures of classes and of objects: each colour of SegmentationObject is one object, whose class the same
pixels of SegmentationClass name. Colours are those of VOC, or those that labelmap.txt gives."""

import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as runs

from academy.annotation.formats import own
from academy.annotation.formats.found import FoundObject, Problem, UnreadableSource, plain_label
from academy.annotation.formats.lines import Line, read_lines
from academy.annotation.formats.places import Place
from academy.i18n import say
from academy.uploads.rules import MAX_PIXELS

CLASSES, OBJECTS = "segmentationclass", "segmentationobject"
FOLDERS = frozenset({CLASSES, OBJECTS})
LABELMAP = "labelmap.txt"
VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
VOID = (224, 224, 192)
"""The colour of borders, which belong to no object."""
MOST_OBJECTS = 1_000
"""In one picture; more is no picture of objects but a photograph in the wrong folder."""
Pixels = NDArray[Any]


def color(number: int) -> tuple[int, int, int]:
    """VOC's colour for a class or an object."""
    red = green = blue = 0
    for place in range(8):
        red |= (number >> 0 & 1) << 7 - place
        green |= (number >> 1 & 1) << 7 - place
        blue |= (number >> 2 & 1) << 7 - place
        number >>= 3
    return red, green, blue


def is_runs(value: Any) -> bool:
    """Whether a value from outside is a mask as run lengths."""
    return isinstance(value, dict) and isinstance(value.get("size"), list) and isinstance(value.get("counts"), str)


class Masks:
    """The masks of one VOC folder, by the stem of their picture."""

    def __init__(self, place: Place, labels: Sequence[str] = ()) -> None:
        self.place = place
        self.paths: dict[tuple[str, str], Path] = {}
        for path in () if place.file else place.media(frozenset({".png"})):
            folder = path.parent.relative_to(place.root).as_posix().casefold()
            kind = next((kind for kind in FOLDERS if kind in folder.split("/")), "")
            if kind:
                self.paths[kind, unicodedata.normalize("NFC", path.stem)] = path
                place.used.add(path)
        self.names = _label_map(place) or _numbered(labels or VOC_CLASSES)

    def of(self, _beside: Path, stem: str, name: str, names: own.Names) -> Iterator[FoundObject | Problem]:
        """The masks of a picture. `name`: the file for messages; `names` keeps ids apart from those of its boxes."""
        stem = unicodedata.normalize("NFC", stem)
        things, classes = self.paths.get((OBJECTS, stem)), self.paths.get((CLASSES, stem))
        if things is None and classes is None:
            return
        pictures = [_colors(path) for path in (things or classes, classes or things) if path]
        if len(pictures) != 2 or any(picture is None for picture in pictures):
            sentence = say("The picture of the masks is damaged or no PNG; its masks were not imported.")
            yield Problem(self.place.name(things or classes or self.place.root), None, sentence, 1)
            return
        apart, kinds = pictures
        if apart is None or kinds is None or apart.shape != kinds.shape:
            sentence = say("The pictures of objects and of classes differ in size; the masks were not imported.")
            yield Problem(name, None, sentence, 1)
            return
        yield from self._objects(apart, kinds, name, names)

    def _objects(self, apart: Pixels, kinds: Pixels, name: str, names: own.Names) -> Iterator[FoundObject | Problem]:
        met = [int(value) for value in np.unique(apart) if value not in (0, _packed(VOID))]
        if len(met) > MOST_OBJECTS:
            sentence = say(
                "The picture of the masks has more than %(most)s colours; is it a photograph? It was not imported.",
                most=MOST_OBJECTS,
            )
            yield Problem(name, None, sentence, 1)
            return
        for place, value in enumerate(met, 1):
            there = apart == value
            values, counts = np.unique(kinds[there], return_counts=True)
            label = self.names.get(int(values[counts.argmax()]))
            if label is None:
                red, green, blue = int(value) >> 16, int(value) >> 8 & 255, int(value) & 255
                sentence = say(
                    "The colour (%(red)s, %(green)s, %(blue)s) of the mask stands for no class; it was not imported. "
                    "Name it in labelmap.txt.",
                    red=red,
                    green=green,
                    blue=blue,
                )
                yield Problem(name, f"mask {place}", sentence, 1)
                continue
            yield FoundObject(names.free(f"mask {place}"), label, "mask", as_runs(there))


def as_runs(pixels: Pixels) -> dict[str, Any]:
    """The run lengths of the pixels that are set."""
    encoded = runs.encode(np.asfortranarray(pixels, dtype=np.uint8))
    return {"size": [int(side) for side in pixels.shape], "counts": encoded["counts"].decode("ascii")}


def as_pixels(mask: Mapping[str, Any]) -> Pixels:
    """The pixels of a mask of a document, height by width."""
    height, width = mask["size"]
    counts = mask["counts"]
    encoded = {"size": [height, width], "counts": counts.encode("ascii") if isinstance(counts, str) else counts}
    if isinstance(counts, list):
        encoded = runs.frPyObjects(encoded, height, width)
    pixels: Pixels = runs.decode(encoded).astype(bool)
    return pixels


def png(numbers: Pixels, last: int) -> bytes:
    """A picture of numbered pixels in VOC's colours: with a palette up to 255 of them, else in colours alone."""
    out = BytesIO()
    palette = np.array([color(number) for number in range(max(256, last + 1))], np.uint8)
    if last < 256:
        picture = Image.fromarray(numbers.astype(np.uint8), "P")
        picture.putpalette(palette[:256].tobytes())
    else:
        picture = Image.fromarray(palette[numbers], "RGB")
    picture.save(out, "PNG")
    return out.getvalue()


def _packed(rgb: tuple[int, int, int]) -> int:
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2]


def _colors(path: Path) -> Pixels | None:
    """Each pixel's colour as one number; None if this is no picture we open."""
    try:
        with warnings.catch_warnings(), Image.open(path, formats=("PNG",)) as picture:
            warnings.simplefilter("ignore")
            if picture.width * picture.height > MAX_PIXELS:
                return None
            drawn = np.asarray(picture.convert("RGB"), np.uint32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    packed: Pixels = drawn[..., 0] << 16 | drawn[..., 1] << 8 | drawn[..., 2]
    return packed


def _numbered(labels: Sequence[str]) -> dict[int, str]:
    return {_packed(color(number)): label for number, label in enumerate(labels, 1)}


def _label_map(place: Place) -> dict[int, str]:
    """The colours of labelmap.txt: name:red,green,blue:parts:actions."""
    path = next((path for path in place.files if path.name.casefold() == LABELMAP), None) if not place.file else None
    found: dict[int, str] = {}
    try:
        lines = list(read_lines(path, LABELMAP)) if path else []
    except UnreadableSource:
        return found
    for line in lines:
        parts = line.text.rsplit(":", 3) if isinstance(line, Line) and not line.text.startswith("#") else []
        shares = parts[1].split(",") if len(parts) == 4 else []
        if len(shares) == 3 and all(share.strip().isdecimal() and int(share) < 256 for share in shares):
            red, green, blue = map(int, shares)
            if (name := plain_label(parts[0])) and name != "background":
                found[_packed((red, green, blue))] = name
    return found
