"""Who stands where: a plan of a street or a park, and the painting of it from back to front."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from academy.annotation.scenery import backdrops
from academy.annotation.scenery.backdrops import HEIGHT, WIDTH, Hour
from academy.annotation.scenery.dice import Dice
from academy.annotation.scenery.easel import Easel
from academy.annotation.scenery.street import FIGURES

Reach = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """One figure on its spot: `x`, `y` is where it stands, `size` pixels make one of its centimetres."""

    label: str
    x: float
    y: float
    size: float
    mirrored: bool
    style: str

    @property
    def reach(self) -> Reach:
        """The most room it can take: left, top, right, bottom."""
        figure = FIGURES[self.label]
        left, right = (figure.right, figure.left) if self.mirrored else (figure.left, figure.right)
        return self.x - left * self.size, self.y - figure.height * self.size, self.x + right * self.size, self.y


@dataclass(frozen=True, slots=True)
class Row:
    """A strip of ground, the size of what stands on it, and what may stand there."""

    far: float
    near: float
    size: float
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """What a level promises the labeler."""

    things: tuple[int, int]
    hidden: float  # at most this share of a thing lies behind others
    inside: float  # at least this share of its width is in the picture
    gap: float  # free space between neighbours
    scale: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a picture, before a drop of paint."""

    backdrop: Callable[[Easel, Dice], Hour]
    seed: str
    things: tuple[Thing, ...]
    light: Thing | None = None
    cover: tuple[tuple[str, float], ...] = field(default=())  # what stands in front and is not to be labelled

    @property
    def labelled(self) -> tuple[Thing, ...]:
        return (*((self.light,) if self.light else ()), *self.things)


COVER_LINE = 540  # trees and bushes of the foreground stand here: in front of the road, behind the near pavement
LEVELS = {
    1: Level((3, 5), 0.0, 1.0, 12, (1.0, 1.15)),
    2: Level((5, 8), 0.4, 0.6, -400, (0.9, 1.1)),
    3: Level((8, 12), 0.55, 0.45, -400, (0.6, 1.05)),
}
STREET = (
    Row(334, 346, 0.42, ("person", "bicycle", "person", "dog")),
    Row(410, 420, 0.46, ("car", "bus", "car", "car")),
    Row(500, 514, 0.56, ("car", "bicycle", "car")),
    Row(584, 626, 0.66, ("person", "dog", "bicycle", "person")),
)
PARK = (
    Row(344, 356, 0.42, ("car", "person", "bicycle")),
    Row(510, 530, 0.56, ("person", "bicycle", "dog", "person")),
    Row(586, 628, 0.7, ("dog", "person", "bicycle", "person")),
)


def overlap(one: Reach, other: Reach, gap: float = 0) -> float:
    """The share of the first rectangle that the second covers."""
    wide = min(one[2], other[2] + gap) - max(one[0], other[0] - gap)
    high = min(one[3], other[3] + gap) - max(one[1], other[1] - gap)
    area = (one[2] - one[0]) * (one[3] - one[1])
    return max(0.0, wide) * max(0.0, high) / area


def fits(thing: Thing, placed: Iterable[Thing], covers: Sequence[Reach], level: Level) -> bool:
    """Whether the level's promise still holds when this thing joins the others."""
    left, _, right, bottom = thing.reach
    inside = (min(right, WIDTH - 4) - max(left, 4)) / (right - left)
    if inside < level.inside - 0.001 or bottom > HEIGHT - 6 or (0.999 > inside > 0.9):
        return False
    everyone = [*placed, thing]
    if level.gap > 0:
        return not any(overlap(thing.reach, other.reach, level.gap) for other in everyone[:-1])
    for one in everyone:
        in_front = [other.reach for other in everyone if other is not one and other.y > one.y]
        in_front += covers if one.y <= COVER_LINE else ()
        if sum(overlap(one.reach, other) for other in in_front) > level.hidden:
            return False
        if any(abs(one.y - other.y) < 3 and overlap(one.reach, other.reach) for other in everyone if other is not one):
            return False
    return True


def plan(seed: str, number: int) -> Plan:
    """A plan for one level of box scenes."""
    dice, level = Dice(seed), LEVELS[number]
    in_street = dice.chance(0.7)
    rows = STREET if in_street else PARK
    light = _light(dice) if in_street and dice.chance(0.6) else None
    wanted = dice.whole(*level.things) - (1 if light else 0)
    cover = _cover(dice, in_street, number)
    covers = [reach for what, x in cover for reach in _cover_reach(what, x)]
    placed: list[Thing] = []
    order = dice.shuffled(rows)
    for attempt in range(wanted * 25):
        if len(placed) >= wanted:
            break
        row = order[attempt % len(order)]
        label = dice.pick(row.labels)
        if label == "bus" and any(thing.label == "bus" for thing in placed):
            continue
        size = row.size * dice.between(*level.scale)
        x = dice.between(-40, WIDTH + 40)
        thing = Thing(label, x, dice.between(row.far, row.near), size, dice.chance(0.5), f"{seed}/{label}{attempt}")
        if fits(thing, (*placed, light) if light else placed, covers, level):
            placed.append(thing)
    backdrop = backdrops.street if in_street else backdrops.park
    return Plan(backdrop, seed, tuple(sorted(placed, key=lambda thing: thing.y)), light, cover)


def _light(dice: Dice) -> Thing:
    mirrored = dice.chance(0.5)
    pole = dice.between(720, 900) if mirrored else dice.between(60, 240)
    return Thing("traffic_light", pole - 200 if mirrored else pole + 200, 158, 0.62, False, f"{dice.seed}/light")


def _cover(dice: Dice, in_street: bool, number: int) -> tuple[tuple[str, float], ...]:
    if number == 1:
        return ()
    if in_street:
        return (("tree", dice.pick((dice.between(30, 200), dice.between(760, 930)))),)
    return tuple(("bush", dice.between(60, 900)) for _ in range(number - 1))


def _cover_reach(what: str, x: float) -> tuple[Reach, ...]:
    if what == "tree":
        return (x - 13, 0.0, x + 13, 546.0), (x - 130, 0.0, x + 130, 185.0)
    return ((x - 58, 510.0, x + 58, 568.0),)


def paint(drawing: Plan, without: int | None = None) -> Easel:
    """The picture; things own their paint by number, from 1. One of them may be left out, its shadow stays."""
    easel = Easel(WIDTH, HEIGHT)
    hour = drawing.backdrop(easel, Dice(f"{drawing.seed}/backdrop"))
    number = 0
    if drawing.light:
        number += 1
        left = drawing.light.x < WIDTH / 2
        backdrops.signal_pole(easel, drawing.light.x + (-200 if left else 200), mirrored=not left)
        _figure(easel, drawing.light, number, hidden=number == without)
    covered = False
    for thing in drawing.things:
        number += 1
        if thing.y > COVER_LINE and not covered:
            covered = True
            _cover_up(easel, drawing, hour)
        _shade(easel, thing)
        _figure(easel, thing, number, hidden=number == without)
    if not covered:
        _cover_up(easel, drawing, hour)
    return easel


def _figure(easel: Easel, thing: Thing, number: int, *, hidden: bool) -> None:
    if not hidden:
        brush = easel.brush(thing.x, thing.y, thing.size, owner=number, mirrored=thing.mirrored)
        FIGURES[thing.label].paint(brush, Dice(thing.style))


def _shade(easel: Easel, thing: Thing) -> None:
    figure = FIGURES[thing.label]
    width = (figure.left + figure.right) / 2
    easel.brush(thing.x, thing.y, thing.size).shadow(0, 1, width * 1.02, max(7.0, width * 0.06))


def _cover_up(easel: Easel, drawing: Plan, hour: Hour) -> None:
    for what, x in drawing.cover:
        if what == "tree":
            backdrops.foreground_tree(easel, x, hour)
        else:
            backdrops.bush(easel.brush(x, 566, 0.9), hour.leaf)
