"""The one door for point clouds: PCD, PLY and KITTI's BIN become one form, four little-endian floats for each point.

That form (x, y, z in metres and the intensity, 0 where nobody measured it) is KITTI's own. What else a file says of its
points (colours, rings, times) is named in `facts`, not kept; points without a place are left out and counted. Pure.
"""

import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from PIL import Image

from academy.uploads.brought import Brought
from academy.uploads.rules import MOST_CLOUD_POINTS, Refusal, RefusedFile
from academy.uploads.thumbnails import as_webp, thumbnail

FARTHEST = 1e7
"""Metres; what lies further away was measured by nobody, or is no coordinate at all."""
VIEW = 640
"""Pixels of the longer side of the pictures that are drawn of a cloud."""
MOST_DRAWN = 300_000
"""Points, evenly chosen among all."""
_LONGEST_HEADER = 64 * 1024
_INTENSITY = frozenset({"intensity", "i", "reflectance", "reflectivity", "remission", "scalar_intensity"})
_LOW, _MIDDLE, _HIGH = (38, 92, 200), (20, 150, 110), (224, 120, 20)
"""From the ground up; seen on white and on black."""

Points = np.ndarray[Any, np.dtype[Any]]


def open_cloud(data: bytes) -> Brought:
    """Check, bring into our form and draw. Raises RefusedFile."""
    if not data:
        raise RefusedFile(Refusal.EMPTY)
    try:
        table = _reader(data)(data)
        return _kept(table)
    except RefusedFile:
        raise
    except MemoryError as error:
        raise RefusedFile(Refusal.TOO_HUNGRY) from error
    except Exception as error:
        # Whatever a header promises that is not there: the file is at fault, and its sender is told so.
        raise RefusedFile(Refusal.DAMAGED_CLOUD) from error


@dataclass(frozen=True, slots=True)
class _Table:
    """What a file says of its points: columns by name, all of one length."""

    columns: dict[str, Points]


def _reader(data: bytes) -> Callable[[bytes], _Table]:
    head = data[:512].lstrip()
    if head.startswith((b"ply\n", b"ply\r")):
        return _ply
    if re.match(rb"(#[^\n]*\n\s*)*(VERSION|FIELDS|COLUMNS)\b", head):
        return _pcd
    return _kitti


# Readers -----------------------------------------------------------------------------------------------------------


def _kitti(data: bytes) -> _Table:
    """No header: four floats for each point. Anything could be that, so it must look like places."""
    if len(data) % 16:
        raise RefusedFile(Refusal.NOT_A_CLOUD)
    _check_count(len(data) // 16)
    rows = np.frombuffer(data, "<f4").reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        places = np.isfinite(rows) & (np.abs(rows) < FARTHEST)
    # Text and packed bytes read as numbers are mostly vanishing or gigantic.
    tiny = (rows[:, :3] != 0) & (np.abs(rows[:, :3]) < 1e-12)
    if places.all(axis=1).mean() < 0.5 or tiny.any(axis=1).mean() > 0.5:
        raise RefusedFile(Refusal.NOT_A_CLOUD)
    return _Table(dict(zip(("x", "y", "z", "intensity"), rows.T, strict=True)))


_PCD_TYPES = {
    ("F", 4): "<f4", ("F", 8): "<f8", ("U", 1): "u1", ("U", 2): "<u2", ("U", 4): "<u4", ("U", 8): "<u8",
    ("I", 1): "i1", ("I", 2): "<i2", ("I", 4): "<i4", ("I", 8): "<i8",
}  # fmt: skip


def _pcd(data: bytes) -> _Table:
    said, body = _pcd_header(data)
    names = said.get("FIELDS") or said.get("COLUMNS") or []
    sizes, counts = (
        [int(size) for size in said["SIZE"]],
        [int(count) for count in said.get("COUNT", ["1"] * len(names))],
    )
    if not len(names) == len(sizes) == len(said["TYPE"]) == len(counts) or min(counts) < 1 or max(counts) > 4096:
        _damaged()
    points = int(said["POINTS"][0]) if "POINTS" in said else int(said["WIDTH"][0]) * int(said["HEIGHT"][0])
    _check_count(points)
    types = [_PCD_TYPES[kind, size] for kind, size in zip(said["TYPE"], sizes, strict=True)]
    form = said["DATA"][0].lower()
    if form == "ascii":
        return _pcd_text(body, names, counts, points)
    layout = [(f"{place}", kind, (count,)) for place, (kind, count) in enumerate(zip(types, counts, strict=True))]
    if form == "binary":
        rows = np.frombuffer(body, np.dtype(layout), points)
        return _Table({name: rows[f"{place}"][:, 0] for place, name in enumerate(names)})
    if form != "binary_compressed":
        _damaged()
    packed, size = struct.unpack_from("<II", body)
    if size != points * np.dtype(layout).itemsize or len(body) < 8 + packed:
        _damaged()
    return _Table(_by_field(_unpacked(body[8 : 8 + packed], size), names, types, counts, points))


def _pcd_header(data: bytes) -> tuple[dict[str, list[str]], bytes]:
    """What stands before the points, by word, and the points."""
    said: dict[str, list[str]] = {}
    at = 0
    while "DATA" not in said:
        end = data.find(b"\n", at, at + _LONGEST_HEADER)
        if end < 0 or end > _LONGEST_HEADER:
            _damaged()
        words = data[at:end].decode("ascii").split()
        at = end + 1
        if words and not words[0].startswith("#"):
            said[words[0].upper()] = words[1:]
    return said, data[at:]


def _pcd_text(body: bytes, names: list[str], counts: list[int], points: int) -> _Table:
    numbers = _numbers(body, points * sum(counts)).reshape(points, sum(counts))
    starts = np.cumsum([0, *counts])
    return _Table({name: numbers[:, starts[place]] for place, name in enumerate(names)})


def _by_field(data: bytes, names: list[str], types: list[str], counts: list[int], points: int) -> dict[str, Points]:
    """Packed points stand field by field."""
    columns, at = {}, 0
    for name, kind, count in zip(names, types, counts, strict=True):
        columns[name] = np.frombuffer(data, kind, points * count, at).reshape(points, count)[:, 0]
        at += np.dtype(kind).itemsize * points * count
    return columns


def _unpacked(packed: bytes, size: int) -> bytes:
    """LZF, the packing of binary_compressed: runs of bytes as they are, and repetitions of what came before."""
    out, at, end = bytearray(), 0, len(packed)
    while at < end:
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
        else:
            length = control >> 5
            if length == 7:
                length += packed[at]
                at += 1
            start = len(out) - ((control & 31) << 8) - packed[at] - 1
            at += 1
            length += 2
            if start < 0:
                _damaged()
            piece = out[start : start + length]
            out += (piece * (length // len(piece) + 1))[:length]
        if len(out) > size:
            _damaged()
    if len(out) != size:
        _damaged()
    return bytes(out)


_PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


@dataclass(slots=True)
class _Element:
    """One kind of rows in a PLY file; `types` is None where its rows differ in length."""

    name: str
    count: int
    names: list[str]
    types: list[str] | None


def _ply(data: bytes) -> _Table:
    end = data.find(b"end_header", 0, _LONGEST_HEADER)
    line_end = data.find(b"\n", end)
    if end < 0 or line_end < 0:
        _damaged()
    form, elements = _ply_header(data[:end].decode("ascii", "replace"))
    body = data[line_end + 1 :]
    before = [element.name for element in elements].index("vertex")
    vertex = elements[before]
    _check_count(vertex.count)
    if any(element.types is None for element in elements[: before + 1]):
        _damaged()
    if form == "ascii":
        skipped = sum(element.count for element in elements[:before])
        rows_on = body.split(b"\n", skipped)[-1]
        numbers = _numbers(rows_on, vertex.count * len(vertex.names)).reshape(vertex.count, len(vertex.names))
        return _Table(dict(zip(vertex.names, numbers.T, strict=True)))
    order = {"binary_little_endian": "<", "binary_big_endian": ">"}[form]
    layouts = [_layout(element, order) for element in elements[: before + 1]]
    at = sum(layout.itemsize * element.count for layout, element in zip(layouts[:-1], elements, strict=False))
    rows = np.frombuffer(body, layouts[-1], vertex.count, at)
    return _Table({name: rows[f"{place}"] for place, name in enumerate(vertex.names)})


def _layout(element: _Element, order: str) -> np.dtype[Any]:
    return np.dtype([(f"{place}", order + kind) for place, kind in enumerate(element.types or [])])


def _ply_header(text: str) -> tuple[str, list[_Element]]:
    form, elements = "", list[_Element]()
    for line in text.splitlines():
        match line.split():
            case ["format", form, *_]:
                pass
            case ["element", name, count]:
                elements.append(_Element(name, int(count), [], []))
            case ["property", "list", *_]:
                elements[-1].types = None
            case ["property", kind, name]:
                elements[-1].names.append(name)
                if elements[-1].types is not None:
                    elements[-1].types.append(_PLY_TYPES[kind])
    return form, elements


def _numbers(text: bytes, count: int) -> Points:
    """The first so many numbers of a text, parted by blanks; everything in it must be a number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # older versions only warn of what is no number, and end there
        found: Points = np.fromstring(text, dtype=np.float64, sep=" ")  # type: ignore[call-overload, unused-ignore]
    if len(found) < count:
        _damaged()
    return found[:count]


# Our form ----------------------------------------------------------------------------------------------------------


def _kept(table: _Table) -> Brought:
    columns = {name.lower(): column for name, column in table.columns.items()}
    if not {"x", "y", "z"} <= set(columns):
        _damaged()
    named = next((name for name in columns if name in _INTENSITY), None)
    count = len(columns["x"])
    rows = np.zeros((count, 4), "<f4")
    with np.errstate(over="ignore", invalid="ignore"):
        for column, name in enumerate(("x", "y", "z", named)):
            if name is not None:
                rows[:, column] = columns[name]
        known = np.isfinite(rows[:, :3]).all(axis=1) & (np.abs(rows[:, :3]) < FARTHEST).all(axis=1)
    rows = np.ascontiguousarray(rows[known])
    rows[:, 3] = np.nan_to_num(rows[:, 3], nan=0, posinf=0, neginf=0)
    if not len(rows):
        raise RefusedFile(Refusal.NO_POINTS)
    low, high = rows[:, :3].min(axis=0), rows[:, :3].max(axis=0)
    drawn = rows[:: -(-len(rows) // MOST_DRAWN)]
    top, place = _view(drawn[:, 0], drawn[:, 1], drawn[:, 2])
    side, side_place = _view(drawn[:, 0], drawn[:, 2], drawn[:, 2])
    facts = {
        "points": len(rows),
        "bounds": [[float(value) for value in low], [float(value) for value in high]],
        "intensity": named is not None,
        "left_out": count - len(rows),
        "other_columns": sorted(set(columns) - {"x", "y", "z", named or "x"})[:50],
        "views": {"top": place, "side": side_place},
    }
    return Brought(
        kind="cloud", data=rows.tobytes(), content_type="application/octet-stream", extension="bin", facts=facts,
        derived={"thumbnail": thumbnail(top), "top": as_webp(top), "side": as_webp(side)},
    )  # fmt: skip


def _view(across: Points, up: Points, height: Points) -> tuple[Image.Image, dict[str, float]]:
    """The points as seen from one side, coloured by height, and where the picture lies: metres of its left and upper
    edge, metres of a pixel, and its size. A few points far away do not make the rest small."""
    (left, right), (bottom, top) = (_span(values) for values in (across, up))
    metres = max(right - left, top - bottom) / VIEW
    width, rows = (max(1, round(side / metres)) for side in (right - left, top - bottom))
    inside = (across >= left) & (across <= right) & (up >= bottom) & (up <= top)
    x = np.clip(((across[inside] - left) / metres).astype(int), 0, width - 1)
    y = np.clip(((top - up[inside]) / metres).astype(int), 0, rows - 1)
    order = np.argsort(height[inside], kind="stable")
    colors = _colors(height[inside][order])
    canvas = np.zeros((rows, width, 4), np.uint8)
    reach = 2 if len(x) < 2_000 else 1 if len(x) < 50_000 else 0
    for down in range(-reach, reach + 1):
        for aside in range(-reach, reach + 1):
            canvas[np.clip(y[order] + down, 0, rows - 1), np.clip(x[order] + aside, 0, width - 1)] = colors
    place = {"left": left, "top": top, "metres": metres, "width": width, "height": rows}
    return Image.fromarray(canvas, "RGBA"), place


def _span(values: Points) -> tuple[float, float]:
    low, high = (float(value) for value in np.percentile(values.astype(np.float64), (0.5, 99.5)))
    room = max((high - low) * 0.05, 0.5)
    return low - room, high + room


def _colors(height: Points) -> Points:
    """From low over middle to high, with full cover."""
    low, high = (float(value) for value in np.percentile(height, (2, 98))) if len(height) else (0.0, 1.0)
    part = np.clip((height.astype(np.float64) - low) / max(high - low, 1e-6), 0, 1)
    stops = np.array([_LOW, _MIDDLE, _HIGH], np.float64)
    channels = [np.interp(part, [0, 0.5, 1], stops[:, channel]) for channel in range(3)]
    return np.column_stack([*channels, np.full(len(part), 255.0)]).astype(np.uint8)


def _check_count(points: int) -> None:
    if points > MOST_CLOUD_POINTS:
        raise RefusedFile(Refusal.TOO_MANY_POINTS, points=points, most=MOST_CLOUD_POINTS)
    if points < 1:
        raise RefusedFile(Refusal.NO_POINTS)


def _damaged() -> NoReturn:
    raise RefusedFile(Refusal.DAMAGED_CLOUD)
