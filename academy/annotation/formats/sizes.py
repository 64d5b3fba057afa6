"""Sizes of pictures that are not there, from other tools' labels beside: VOC and CVAT XML, COCO JSON."""

import struct
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from PIL import ExifTags, Image

from academy.annotation.formats.places import Place
from academy.annotation.formats.xml import RefusedXml, number, parts
from academy.safe_json import RefusedJson, parse_json

LARGEST_JSON = 32 * 1024 * 1024
MOST_PICTURES = 200_000


class Sized(NamedTuple):
    """What a picture is called in the labels beside, and how large they say it is."""

    name: str
    width: float
    height: float


class Sizes:
    """What labels beside say of pictures, by the stem of the picture; read when it is first asked for."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.known: dict[str, Sized] | None = None

    def find(self, stem: str) -> Sized | None:
        """The picture of this stem, or of the end of it behind a "_" or "-": yolo_0001 is labels for 0001."""
        if self.known is None:
            self.known = {}
            for sized in _all(self.place):
                if len(self.known) < MOST_PICTURES:
                    self.known.setdefault(_stem(sized.name), sized)
        stem = unicodedata.normalize("NFC", stem)
        ends = [stem] + [stem[place + 1 :] for place, sign in enumerate(stem) if sign in "_-"]
        return next((self.known[end] for end in ends if end in self.known), None)


def lies_turned(path: Path) -> bool:
    """Whether a picture is to be turned or mirrored before it is looked at."""
    if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp"):
        return False
    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("ignore")
            exif = Image.Exif()  # the picture's own getexif() would decode the whole of a PNG
            exif.load(picture.info.get("exif") or b"")
            return exif.get(ExifTags.Base.Orientation, 1) not in (0, 1)
    except (OSError, ValueError, SyntaxError, struct.error, KeyError, TypeError, Image.DecompressionBombError):
        return False


def _stem(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).stem)


def _all(place: Place) -> Iterator[Sized]:
    for path in place.files:
        try:
            if path.suffix.lower() == ".xml":
                yield from _in_xml(path)
            elif path.suffix.lower() == ".json" and path.stat().st_size <= LARGEST_JSON:
                yield from _in_json(parse_json(path.read_bytes(), max_bytes=LARGEST_JSON))
        except (RefusedXml, RefusedJson, OSError):
            continue  # whoever imports that file is told what is wrong with it


def _in_xml(path: Path) -> Iterator[Sized]:
    said: dict[str, Any] = {}
    for place, part in enumerate(parts(path)):
        if place == 0 and part.tag not in ("annotation", "annotations"):
            return
        if part.tag == "image":
            yield from _sized(part.get("name"), number(part.get("width")), number(part.get("height")))
        elif part.tag == "filename":
            said["name"] = (part.text or "").strip()
        elif part.tag == "size":
            said |= {side: number(part.findtext(side)) for side in ("width", "height")}
    yield from _sized(said.get("name"), said.get("width"), said.get("height"))


def _in_json(value: Any) -> Iterator[Sized]:
    images = value.get("images") if isinstance(value, dict) else None
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict):
            yield from _sized(image.get("file_name"), image.get("width"), image.get("height"))


def _sized(name: Any, width: Any, height: Any) -> Iterator[Sized]:
    sides = [side for side in (width, height) if isinstance(side, int | float) and side > 0]
    if isinstance(name, str) and name and len(sides) == 2:
        yield Sized(name, *sides)
