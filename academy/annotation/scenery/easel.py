"""An easel that remembers which thing each spot of paint belongs to, so that the gold is measured and never guessed."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Point = tuple[float, float]
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

FINE = 3  # every pixel is painted as 3 x 3 fine ones and averaged, which gives smooth edges
NOTHING = 0


def colour(code: str) -> Colour:
    """`f4a261` as three numbers."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(one: Colour, share: float = 0.2) -> Colour:
    return mixed(one, (38, 34, 48), share)


def lighter(one: Colour, share: float = 0.25) -> Colour:
    return mixed(one, (255, 250, 240), share)


def curve(start: Point, bend: Point, end: Point, steps: int = 16) -> list[Point]:
    """A soft line from start to end, pulled towards `bend`."""
    points = []
    for step in range(steps + 1):
        t = step / steps
        u = 1 - t
        points.append(
            (
                u * u * start[0] + 2 * u * t * bend[0] + t * t * end[0],
                u * u * start[1] + 2 * u * t * bend[1] + t * t * end[1],
            )
        )
    return points


def ring(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> list[Point]:
    """Points on an ellipse (degrees, clockwise from three o'clock)."""
    steps = max(12, int(abs(end - start) / 6))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


class Easel:
    """A picture and, under it, a map of whose paint is on top."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        fine = (width * FINE, height * FINE)
        self.paint = Image.new("RGB", fine, (255, 255, 255))
        self.owners = Image.new("L", fine, NOTHING)
        self.pen = ImageDraw.Draw(self.paint)
        self.owner_pen = ImageDraw.Draw(self.owners)

    def brush(
        self, x: float = 0, y: float = 0, size: float = 1, *, owner: int = NOTHING, mirrored: bool = False
    ) -> "Brush":
        return Brush(self, x, y, size, owner, mirrored)

    def fill(self, points: Sequence[Point], paint: Colour, owner: int) -> None:
        fine = [(round(x * FINE), round(y * FINE)) for x, y in points]
        self.pen.polygon(fine, fill=paint)
        self.owner_pen.polygon(fine, fill=owner)

    def veil(self, points: Sequence[Point], tint: Colour, strength: float) -> None:
        """Colour laid thinly over what is there (a shadow, evening light); it belongs to nobody and hides nothing."""
        fine = [(x * FINE, y * FINE) for x, y in points]
        left, top = max(0, round(min(x for x, _ in fine))), max(0, round(min(y for _, y in fine)))
        right = min(self.paint.width, round(max(x for x, _ in fine)) + 1)
        bottom = min(self.paint.height, round(max(y for _, y in fine)) + 1)
        if right <= left or bottom <= top:
            return
        cover = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(cover).polygon([(x - left, y - top) for x, y in fine], fill=round(255 * strength))
        self.paint.paste(tint, (left, top, right, bottom), cover)

    def picture(self) -> Image.Image:
        return self.paint.reduce(FINE)

    def spread(self) -> dict[int, tuple[Box, int]]:
        """For each owner the pixels its visible paint reaches, as [x, y, w, h], and how many fine spots it has."""
        owners: npt.NDArray[np.uint8] = np.asarray(self.owners)
        found: dict[int, tuple[Box, int]] = {}
        for owner in sorted({int(number) for number in np.unique(owners)} - {NOTHING}):
            mine = owners == owner
            columns, rows = np.flatnonzero(mine.any(axis=0)), np.flatnonzero(mine.any(axis=1))
            left, right = int(columns[0]) // FINE, int(columns[-1]) // FINE + 1
            top, bottom = int(rows[0]) // FINE, int(rows[-1]) // FINE + 1
            found[owner] = ((left, top, right - left, bottom - top), int(mine.sum()))
        return found


class Brush:
    """Paints for one owner in its own coordinates: (0, 0) stands at x, y; one unit is `size` pixels; y goes down."""

    def __init__(self, easel: Easel, x: float, y: float, size: float, owner: int, mirrored: bool) -> None:
        self.easel, self.x, self.y, self.size, self.owner = easel, x, y, size, owner
        self.side = -1 if mirrored else 1

    def at(self, point: Point) -> Point:
        return self.x + self.side * point[0] * self.size, self.y + point[1] * self.size

    def area(self, points: Iterable[Point], paint: Colour) -> None:
        self.easel.fill([self.at(point) for point in points], paint, self.owner)

    def oval(self, x: float, y: float, rx: float, ry: float, paint: Colour) -> None:
        self.area(ring(x, y, rx, ry), paint)

    def slab(self, x: float, y: float, w: float, h: float, paint: Colour, corner: float = 0) -> None:
        """A rectangle from its top left, with round corners if asked."""
        r = min(corner, w / 2, h / 2)
        if r <= 0:
            self.area([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], paint)
            return
        self.area(
            ring(x + w - r, y + r, r, r, -90, 0)
            + ring(x + w - r, y + h - r, r, r, 0, 90)
            + ring(x + r, y + h - r, r, r, 90, 180)
            + ring(x + r, y + r, r, r, 180, 270),
            paint,
        )

    def line(self, points: Sequence[Point], width: float, paint: Colour) -> None:
        """A line with round ends."""
        half = width / 2
        for (ax, ay), (bx, by) in pairwise(points):
            length = math.hypot(bx - ax, by - ay)
            if length:
                sx, sy = -(by - ay) / length * half, (bx - ax) / length * half
                self.area([(ax + sx, ay + sy), (bx + sx, by + sy), (bx - sx, by - sy), (ax - sx, ay - sy)], paint)
        for x, y in points:
            self.oval(x, y, half, half, paint)

    def hoop(self, x: float, y: float, radius: float, width: float, paint: Colour) -> None:
        """A circle line: what it surrounds stays visible."""
        outer = ring(x, y, radius, radius)
        self.area(outer + ring(x, y, radius - width, radius - width)[::-1], paint)

    def shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.22) -> None:
        self.easel.veil([self.at(point) for point in ring(x, y, rx, ry)], (40, 36, 60), strength)
