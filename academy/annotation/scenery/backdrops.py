"""Where things happen: a street and a park, at several hours of the day. Nothing here is to be labelled."""

from dataclasses import dataclass

from academy.annotation.scenery.dice import Dice
from academy.annotation.scenery.easel import Brush, Colour, Easel, colour, curve, darker, lighter, mixed, ring

WIDTH, HEIGHT = 960, 640


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of one time of day."""

    high: Colour
    low: Colour
    sun: Colour
    leaf: Colour
    grass: Colour


MORNING = Hour(*(colour(code) for code in ("9fd3e6", "f3efdc", "ffe6a3", "7fae72", "b5cf8b")))
NOON = Hour(*(colour(code) for code in ("8cc8ee", "e6f3f2", "fff4cf", "6ea667", "a9cf86")))
EVENING = Hour(*(colour(code) for code in ("e9a58b", "fbe3c0", "fff0c9", "93a365", "c6c283")))
AUTUMN = Hour(*(colour(code) for code in ("a8cfe0", "f6ecd8", "fff1c4", "d9913f", "cbbf7a")))
HOURS = (MORNING, NOON, EVENING, AUTUMN)
WALLS = [colour(code) for code in ("eadbc8", "dfc9b6", "e7d3c3", "d8d3c4", "cfd6d3", "ecd9b8", "d9c5c0")]
AWNINGS = [colour(code) for code in ("c98b7b", "8fa9a0", "b9a06a", "93a0b8", "a98fa6")]


def sky(easel: Easel, hour: Hour, dice: Dice, down_to: float) -> None:
    brush, bands = easel.brush(), 24
    for band in range(bands):
        top = down_to * band / bands
        brush.slab(0, top, WIDTH, down_to / bands + 2, mixed(hour.high, hour.low, band / (bands - 1)))
    brush.oval(dice.between(90, 870), dice.between(50, 110), 34, 34, hour.sun)
    for _ in range(dice.whole(2, 4)):
        cloud(easel.brush(dice.between(40, 920), dice.between(40, 150), dice.between(0.6, 1.2)), hour)


def cloud(brush: Brush, hour: Hour) -> None:
    paint = lighter(hour.low, 0.55)
    brush.slab(-70, -14, 140, 26, paint, 13)
    brush.oval(-22, -18, 30, 24, paint)
    brush.oval(22, -24, 36, 30, paint)


def hills(easel: Easel, hour: Hour, dice: Dice, foot: float) -> None:
    for share, height in ((0.62, 110), (0.42, 70)):
        x = dice.between(-160, -40)
        while x < WIDTH:
            width, peak = dice.between(260, 460), height * dice.between(0.6, 1.1)
            slope = curve((x, foot), (x + width / 2, foot - 2 * peak), (x + width, foot), 30)
            easel.brush().area(slope, mixed(mixed(hour.leaf, hour.high, 0.35), hour.low, share))
            x += width * 0.62


def houses(easel: Easel, hour: Hour, dice: Dice, foot: float) -> None:
    x = dice.between(-50, -10)
    while x < WIDTH:
        width, height = dice.between(110, 190), dice.between(110, 205)
        if dice.chance(0.14):
            tree(easel.brush(x + width / 3, foot, dice.between(0.8, 1.1)), hour.leaf)
            x += width * 0.7
            continue
        house(easel.brush(x, foot), dice, width, height)
        x += width + dice.pick((0, 4, 14))


def house(brush: Brush, dice: Dice, width: float, height: float) -> None:
    wall = dice.pick(WALLS)
    brush.slab(0, -height, width, height, wall)
    brush.slab(-3, -height - 7, width + 6, 9, darker(wall, 0.16))
    shop, pane = 62, mixed(wall, colour("8fb2bd"), 0.55)
    columns = int(width // 44)
    gap = (width - columns * 26) / (columns + 1)
    y = -height + 18
    while y < -shop - 34:
        for column in range(columns):
            x = gap + column * (26 + gap)
            brush.slab(x, y, 26, 28, pane, 2)
            brush.slab(x + 12, y, 2, 28, wall)
            brush.slab(x - 2, y + 28, 30, 3, darker(wall, 0.12))
        y += 46
    brush.slab(8, -shop + 8, width - 16, shop - 8, mixed(wall, colour("6f8791"), 0.5))
    brush.slab(14, -shop + 18, (width - 36) * 0.6, shop - 28, pane, 2)
    brush.slab(22 + (width - 36) * 0.6, -shop + 18, (width - 36) * 0.36, shop - 18, darker(wall, 0.3), 2)
    awning = dice.pick(AWNINGS)
    stripes = max(4, int(width // 20))
    step = (width - 4) / stripes
    for stripe in range(stripes):
        x = 2 + stripe * step
        paint = awning if stripe % 2 else lighter(awning, 0.6)
        brush.area([(x, -shop - 2), (x + step, -shop - 2), (x + step, -shop + 17), (x, -shop + 17)], paint)
        brush.oval(x + step / 2, -shop + 17, step / 2, 5, paint)


def tree(brush: Brush, leaf: Colour, trunk: float = 58) -> None:
    bark = colour("8a6a4f")
    brush.area([(-7, 0), (-5, -trunk - 20), (5, -trunk - 20), (7, 0)], bark)
    brush.oval(-24, -trunk - 28, 32, 30, darker(leaf, 0.1))
    brush.oval(26, -trunk - 32, 32, 30, darker(leaf, 0.1))
    brush.oval(0, -trunk - 58, 38, 38, leaf)
    brush.oval(-8, -trunk - 66, 18, 16, lighter(leaf, 0.18))


def bush(brush: Brush, leaf: Colour) -> None:
    brush.oval(-34, -20, 30, 24, darker(leaf, 0.14))
    brush.oval(32, -20, 30, 24, darker(leaf, 0.14))
    brush.oval(0, -28, 38, 32, leaf)
    brush.slab(-62, -18, 124, 20, darker(leaf, 0.14), 8)


def street(easel: Easel, dice: Dice) -> Hour:
    hour = dice.pick(HOURS)
    sky(easel, hour, dice, 270)
    hills(easel, hour, dice, 268)
    brush = easel.brush()
    brush.slab(0, 258, WIDTH, 60, mixed(mixed(hour.leaf, hour.high, 0.3), hour.low, 0.35))
    houses(easel, hour, dice, 306)
    pavement, road = mixed(colour("d9d2c7"), hour.low, 0.2), mixed(colour("85838f"), hour.low, 0.1)
    brush.slab(0, 304, WIDTH, 54, pavement)
    brush.slab(0, 352, WIDTH, 8, darker(pavement, 0.18))
    brush.slab(0, 358, WIDTH, 172, road)
    for x in range(dice.whole(-60, 0), WIDTH, 116):
        brush.slab(x, 440, 64, 6, colour("f2e8cf"))
    if dice.chance(0.55):
        left = dice.pick((90, 690))
        for stripe in range(6):
            top = 366 + stripe * 27
            edge = left + (530 - top) * 0.25
            corners = [(edge, top), (edge + 150, top), (edge + 146, top + 13), (edge - 4, top + 13)]
            brush.area(corners, colour("efe9dc"))
    brush.slab(0, 526, WIDTH, 10, lighter(pavement, 0.3))
    brush.slab(0, 534, WIDTH, 6, darker(pavement, 0.2))
    brush.slab(0, 538, WIDTH, 110, pavement)
    for row, y in enumerate((566, 598, 632)):
        brush.slab(0, y, WIDTH, 2, darker(pavement, 0.1))
        for x in range(-20 + 40 * (row % 2), WIDTH, 80):
            brush.slab(x, y, 2, 34, darker(pavement, 0.1))
    return hour


def park(easel: Easel, dice: Dice) -> Hour:
    hour = dice.pick(HOURS)
    sky(easel, hour, dice, 290)
    hills(easel, hour, dice, 280)
    brush = easel.brush()
    brush.slab(0, 278, WIDTH, 370, hour.grass)
    x = dice.between(-20, 40)
    while x < WIDTH:
        tree(easel.brush(x, dice.between(284, 300), dice.between(0.7, 1.15)), mixed(hour.leaf, hour.low, 0.18))
        x += dice.between(50, 130)
    brush.slab(0, 318, WIDTH, 44, mixed(hour.grass, colour("e9dcc0"), 0.75))
    pond(easel.brush(dice.between(200, 760), 408), hour)
    path = mixed(colour("e6d6b8"), hour.low, 0.3)
    brush.slab(0, 480, WIDTH, 60, path)
    brush.slab(0, 478, WIDTH, 4, darker(path, 0.12))
    brush.slab(0, 538, WIDTH, 4, darker(path, 0.12))
    for _ in range(26):
        x = dice.between(0, WIDTH)
        y = dice.pick((dice.between(372, 392), dice.between(458, 472), dice.between(552, 630)))
        brush.line([(x - 4, y - 7), (x, y), (x + 4, y - 8)], 2, darker(hour.grass, 0.16))
        if dice.chance(0.4):
            brush.oval(x + 9, y - 5, 3, 3, dice.pick((colour("fff3d1"), colour("f0a6a0"), colour("f4cf63"))))
    bench(easel.brush(dice.between(80, 880), 476, 0.54))
    return hour


def pond(brush: Brush, hour: Hour) -> None:
    water = mixed(hour.high, colour("6fb0c4"), 0.5)
    brush.oval(0, 0, 190, 31, darker(hour.grass, 0.18))
    brush.oval(0, 2, 180, 26, water)
    for x, y, length in ((-90, -4, 60), (20, 10, 80), (70, -10, 44)):
        brush.line([(x, y), (x + length, y)], 3, lighter(water, 0.4))


def bench(brush: Brush) -> None:
    wood, iron = colour("b0835a"), colour("5a5560")
    for x in (-62, 58):
        brush.slab(x, -46, 6, 46, iron)
    for y in (-92, -76):
        brush.slab(-76, y, 152, 12, wood, 4)
    brush.slab(-80, -50, 160, 12, darker(wood, 0.12), 4)


def signal_pole(easel: Easel, x: float, mirrored: bool) -> None:
    """Pole and arm that carry a traffic light; the arm ends at 250 from the pole."""
    brush, steel = easel.brush(x, 346, mirrored=mirrored), colour("7d828c")
    brush.slab(-5, -212, 10, 212, steel, 3)
    brush.slab(-9, -8, 18, 8, darker(steel, 0.2))
    brush.slab(0, -206, 206, 6, steel, 3)
    brush.line([(0, -176), (46, -203)], 4, steel)


def foreground_tree(easel: Easel, x: float, hour: Hour) -> None:
    brush, bark = easel.brush(x, 546), colour("7d5f47")
    brush.slab(-26, -6, 52, 10, darker(colour("d9d2c7"), 0.3), 4)
    brush.area([(-13, 0), (-10, -380), (10, -380), (13, 0)], bark)
    brush.area([(-13, 0), (-10, -380), (-5, -380), (-6, 0)], darker(bark, 0.2))
    for dx, dy, r in ((-66, -430, 62), (62, -436, 66), (-10, -486, 84), (10, -412, 60)):
        brush.area(ring(dx, dy, r, r * 0.82), darker(hour.leaf, 0.08 if r < 80 else 0))
