"""Pascal VOC: one XML file for each picture.

Coordinates are taken as they stand, without a +1: a box from 10 to 20 is 10 wide. `difficult` objects become optional
gold, as they count neither way in VOC. The `path` element names a place on somebody else's computer and is never read.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from academy.annotation.formats.reading import (
    FoundItem,
    FoundObject,
    Pictures,
    Reading,
    UnreadableSource,
    plain_label,
    read_bytes,
)

DEEPEST = 30
LARGEST_XML = 16 * 1024 * 1024
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{0,12})?")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class RefusedXml(ValueError):
    """The text is not XML we accept."""


def read(path: Path) -> Reading:
    """Everything in a VOC folder (or one XML file with its picture beside it)."""
    files = [path] if path.is_file() else sorted(path.rglob("*.xml"))
    if not files:
        raise UnreadableSource(f"{path} holds no XML files.")
    root = path.parent if path.is_file() else path
    pictures, reading = Pictures(root), Reading()
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            tree = parse_xml(read_bytes(file, LARGEST_XML))
        except (RefusedXml, UnreadableSource, OSError) as error:
            reading.complain(name, None, f"This file was not imported: {error}")
            continue
        if tree.tag != "annotation":
            reading.complain(name, None, f"This file was not imported: its root is <{tree.tag}>, not <annotation>.")
            continue
        reading.add(_item(tree, file, name, pictures, reading))
    if path.is_dir():
        for picture in pictures.unused():
            where = picture.relative_to(root).as_posix()
            reading.complain(where, None, "No XML file names this picture; it was not imported.")
    return reading


def parse_xml(data: bytes) -> ET.Element:
    """The tree of an XML text without a document type, so that there are no entities to expand or to fetch."""
    depth = 0

    def refuse_doctype(*_: Any) -> None:
        raise RefusedXml("it declares a document type, which we do not read.")

    def enter(_name: str, _attributes: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise RefusedXml(f"its elements are nested more than {DEEPEST} deep.")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    checker = expat.ParserCreate()
    checker.StartDoctypeDeclHandler = refuse_doctype
    checker.StartElementHandler, checker.EndElementHandler = enter, leave
    try:
        checker.Parse(data, True)
        return ET.fromstring(data)  # noqa: S314 - checked above: no document type, not deep
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as error:
        if isinstance(error, RefusedXml):
            raise
        raise RefusedXml(f"it is not well-formed XML ({error}).") from error


def _item(tree: ET.Element, file: Path, name: str, pictures: Pictures, reading: Reading) -> FoundItem:
    written = (tree.findtext("filename") or "").strip()
    picture = pictures.find(written) if written else None
    if picture is None:
        picture = next(
            filter(None, (pictures.find(file.stem + suffix) for suffix in (".jpg", ".jpeg", ".png", ".webp"))), None
        )
        if picture is not None:
            said = f"The picture {written!r} is not there" if written else "No picture is named"
            reading.complain(name, None, f"{said}; {picture.name} was taken because it has the name of this file.")
        else:
            reading.complain(
                name, None, f"The picture {written or file.stem!r} was not found; this file was not imported."
            )
    objects = []
    for position, element in enumerate(tree.findall("object"), 1):
        reading.objects += 1
        found = _object(element, str(position), name, reading)
        if found is not None:
            objects.append(found)
    return FoundItem(
        name=pictures.name_of(picture) if picture else written or file.stem,
        file=name,
        picture=picture,
        size=_size(tree, name, reading),
        objects=tuple(objects),
    )


def _size(tree: ET.Element, name: str, reading: Reading) -> tuple[float, float] | None:
    size = tree.find("size")
    if size is None:
        return None
    width, height = (_number(size.findtext(side)) for side in ("width", "height"))
    if not width or not height:
        reading.complain(name, None, "The file gives no usable size; the size of the picture was taken.")
        return None
    return width, height


def _object(element: ET.Element, place: str, name: str, reading: Reading) -> FoundObject | None:
    label = plain_label(element.findtext("name") or "")
    edges = [_number(element.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")]
    if not label:
        reading.complain(name, place, "The object has no name; it was not imported.")
        return None
    if element.find("bndbox") is None:
        reading.complain(name, place, f"{label}: the object has no box; it was not imported.")
        return None
    left, top, right, bottom = edges
    if left is None or top is None or right is None or bottom is None:
        reading.complain(name, place, f"{label}: an edge of the box is missing or is no number; it was not imported.")
        return None
    if element.find("part") is not None:
        reading.complain(name, place, f"{label}: the object has parts, which were left out; its own box was taken.")
    marks = {mark: (element.findtext(mark) or "").strip() for mark in ("pose", "truncated", "occluded")}
    attributes = {mark: value for mark, value in marks.items() if value not in ("", "0", "Unspecified")}
    optional = (element.findtext("difficult") or "").strip() == "1"
    box = (left, top, right - left, bottom - top)
    return FoundObject(place, label, box, optional=optional, attributes=attributes)


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def write(name: str, width: int, height: int, objects: Iterable[dict[str, Any]]) -> bytes:
    """The XML file of one picture with the boxes of its gold."""
    root = ET.Element("annotation")
    _add(root, "filename", name)
    size = ET.SubElement(root, "size")
    for side, value in (("width", width), ("height", height), ("depth", 3)):
        _add(size, side, str(value))
    _add(root, "segmented", "0")
    for item in objects:
        element = ET.SubElement(root, "object")
        _add(element, "name", item["label"])
        attributes = item.get("attributes") or {}
        _add(element, "pose", str(attributes.get("pose", "Unspecified")))
        _add(element, "truncated", str(attributes.get("truncated", "0")))
        _add(element, "difficult", "1" if item.get("optional") or item.get("ignore") or item.get("crowd") else "0")
        x, y, w, h = item["box"]
        box = ET.SubElement(element, "bndbox")
        for edge, value in (("xmin", x), ("ymin", y), ("xmax", x + w), ("ymax", y + h)):
            _add(box, edge, f"{value:.12g}")
    ET.indent(root, "\t")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _NOT_XML.sub("\ufffd", text)
