"""What moves in a street. One unit is a centimetre; every figure stands on (0, 0) and looks to the right."""

from collections.abc import Callable
from dataclasses import dataclass

from academy.annotation.scenery.dice import Dice
from academy.annotation.scenery.easel import Brush, Colour, colour, curve, darker, lighter, mixed, ring

CAR_PAINTS = [colour(code) for code in ("d9583b", "2a9d8f", "f2b134", "3d5a80", "e9d49b", "8c5e7a", "5b8c5a", "b8c4cc")]
BUS_PAINTS = [colour(code) for code in ("3a6ea5", "3f9b5f", "d64545", "e8a33d")]
COATS = [colour(code) for code in ("c8553d", "2f6690", "e09f3e", "588157", "7a5980", "d98ca0", "3f8f8a", "8a5a44")]
TROUSERS = [colour(code) for code in ("33415c", "5c4b51", "43554b", "6b5b73", "4a4e69")]
SKINS = [colour(code) for code in ("f2c9a5", "e8b48a", "f6d5b5")]
HAIRS = [colour(code) for code in ("2b2320", "4a342a", "8f8b88", "d9d5cf")]
FURS = [colour(code) for code in ("c58b52", "f3e6d0", "6b4a35", "3d3533", "d9a566")]
GLASS, TYRE, RIM = colour("bfe0ea"), colour("2d2a32"), colour("c9ccd3")


@dataclass(frozen=True, slots=True)
class Figure:
    """How to paint a thing, and the room it takes: `left` and `right` of where it stands, and `height`."""

    paint: Callable[[Brush, Dice], None]
    left: float
    right: float
    height: float


def _wheel(brush: Brush, x: float, radius: float) -> None:
    brush.oval(x, -radius, radius, radius, TYRE)
    brush.oval(x, -radius, radius * 0.56, radius * 0.56, RIM)
    brush.oval(x, -radius, radius * 0.2, radius * 0.2, colour("8b8f99"))


def car(brush: Brush, dice: Dice) -> None:
    body = dice.pick(CAR_PAINTS)
    hatchback = dice.chance(0.45)
    roof_end = -168.0 if hatchback else -120.0
    tail = -205.0 if hatchback else roof_end - 46
    shell = [
        (-214, -38), (-217, -72), (-208, -92), *curve((tail, -98), (roof_end - 8, -148), (roof_end + 46, -150)),
        *curve((30, -150), (74, -146), (112, -98)), *curve((112, -96), (196, -90), (214, -66)),
        (216, -36), (206, -26), (-206, -26),
    ]  # fmt: skip
    brush.area(shell, body)
    brush.area([(-216, -52), (216, -52), (216, -36), (206, -26), (-206, -26), (-215, -38)], darker(body, 0.16))
    back = roof_end - (20 if hatchback else 24)
    brush.area([(back, -98), (roof_end + 10, -136), (roof_end + 40, -141), (-38, -141), (-38, -98)], GLASS)
    brush.area([(-28, -98), (-28, -141), (26, -141), *curve((26, -141), (60, -136), (92, -98))], GLASS)
    brush.area([(-8, -98), (14, -141), (24, -141), (2, -98)], lighter(GLASS, 0.6))
    brush.area([(back + 30, -98), (roof_end + 44, -141), (roof_end + 54, -141), (back + 42, -98)], lighter(GLASS, 0.6))
    brush.line([(-33, -92), (-33, -44)], 2.5, darker(body, 0.3))
    brush.slab(-22, -86, 24, 6, darker(body, 0.34), 3)
    brush.slab(-112, -86, 24, 6, darker(body, 0.34), 3)
    brush.oval(203, -72, 9, 9, colour("fff3c4"))
    brush.slab(-217, -84, 12, 18, colour("c93a3a"), 4)
    brush.slab(196, -44, 22, 9, lighter(body, 0.5), 4)
    brush.slab(-218, -44, 22, 9, lighter(body, 0.5), 4)
    for x in (-132, 132):
        brush.area(ring(x, -32, 42, 42, 180, 360), darker(body, 0.5))
        _wheel(brush, x, 33)
    if not hatchback and dice.chance(0.3):
        brush.slab(-62, -166, 44, 17, colour("f6e27a"), 5)
        brush.slab(-62, -154, 44, 5, colour("d9a62e"))


def bus(brush: Brush, dice: Dice) -> None:
    body = dice.pick(BUS_PAINTS)
    cream = colour("f7f1e3")
    brush.slab(-470, -306, 940, 272, body, 30)
    brush.slab(-470, -112, 940, 34, cream)
    brush.slab(-452, -262, 900, 122, darker(body, 0.4), 14)
    for x in range(-438, 130, 112):
        brush.slab(x, -254, 100, 106, GLASS, 8)
        brush.area([(x + 18, -148), (x + 52, -254), (x + 68, -254), (x + 34, -148)], lighter(GLASS, 0.55))
    brush.slab(240, -256, 88, 210, darker(body, 0.45), 8)
    brush.slab(250, -250, 34, 196, GLASS, 6)
    brush.slab(288, -250, 34, 196, GLASS, 6)
    brush.slab(340, -256, 112, 126, lighter(GLASS, 0.2), 12)
    brush.area([(362, -130), (400, -256), (424, -256), (386, -130)], lighter(GLASS, 0.65))
    brush.slab(-300, -318, 210, 16, darker(body, 0.2), 7)
    brush.slab(448, -90, 22, 26, colour("fff3c4"), 8)
    brush.slab(-470, -104, 14, 40, colour("c93a3a"), 5)
    brush.slab(-464, -48, 928, 18, darker(body, 0.45), 8)
    for x in (-292, 168):
        brush.area(ring(x, -44, 62, 62, 180, 360), darker(body, 0.55))
        _wheel(brush, x, 48)


def bicycle(brush: Brush, dice: Dice) -> None:
    frame = dice.pick([colour(code) for code in ("c8443a", "1f7a8c", "e0a100", "3a3a4a", "6a9f58")])
    for x in (-54, 54):
        brush.hoop(x, -35, 35, 5.5, TYRE)
        for turn in range(0, 180, 45):
            first, *_ = ring(x, -35, 31, 31, turn, turn + 180)
            last = ring(x, -35, 31, 31, turn, turn + 180)[-1]
            brush.line([first, last], 1.3, colour("a9adb8"))
        brush.oval(x, -35, 5, 5, colour("6d7078"))
    brush.line([(-54, -35), (-6, -35), (34, -78), (-22, -80), (-6, -35)], 6, frame)
    brush.line([(-54, -35), (-22, -80)], 5, frame)
    brush.line([(54, -35), (34, -84), (31, -100)], 6, frame)
    brush.line([(-22, -80), (-26, -94)], 5, darker(frame, 0.4))
    brush.line([(31, -100), (44, -104), (50, -98)], 5, colour("55504f"))
    brush.slab(-44, -100, 34, 9, colour("4a3328"), 4)
    brush.oval(-6, -35, 9, 9, darker(frame, 0.4))
    brush.line([(-6, -35), (4, -20)], 4, colour("55504f"))
    brush.slab(-2, -21, 14, 5, TYRE, 2)
    if dice.chance(0.5):
        brush.area([(42, -92), (82, -92), (76, -64), (48, -64)], colour("b98b5e"))
        for y in (-85, -76):
            brush.line([(45, y), (79, y)], 2, colour("8f6740"))


def person(brush: Brush, dice: Dice) -> None:
    coat, legs, skin, hair = dice.pick(COATS), dice.pick(TROUSERS), dice.pick(SKINS), dice.pick(HAIRS)
    long_coat, cap, bun = dice.chance(0.35), dice.chance(0.3), dice.chance(0.4)
    shoe = mixed(legs, (30, 25, 25), 0.5)
    brush.line([(0, -86), (-10, -46), (-24, -8)], 17, darker(legs, 0.25))
    brush.slab(-31, -10, 28, 10, darker(shoe, 0.2), 5)
    brush.line([(-4, -132), (-20, -106), (-24, -82)], 12, darker(coat, 0.25))
    brush.oval(-24, -78, 6.5, 6.5, darker(skin, 0.12))
    brush.line([(2, -86), (16, -46), (18, -8)], 17, legs)
    brush.slab(9, -10, 30, 10, shoe, 5)
    hem = -58 if long_coat else -78
    spread = 26 if long_coat else 20
    shoulders = curve((-17, -138), (0, -150), (18, -138))
    brush.area([*shoulders, (spread - 3, -100), (spread, hem), (-spread, hem)], coat)
    brush.line([(-spread + 4, hem - 3), (spread - 4, hem - 3)], 5, darker(coat, 0.18))
    brush.line([(6, -131), (17, -106), (30, -86)], 12.5, lighter(coat, 0.16))
    brush.oval(33, -82, 6.5, 6.5, skin)
    brush.slab(-6, -152, 13, 16, darker(skin, 0.12), 4)
    if bun and not cap:
        brush.oval(-15, -176, 8, 8, hair)
    brush.oval(-3, -164, 17, 17.5, hair)
    brush.oval(3, -161, 13.5, 15, skin)
    brush.area(ring(2, -166, 16, 14, 180, 360), hair)
    if cap:
        brush.area(ring(1, -167, 17, 14, 180, 360), darker(coat, 0.3))
        brush.slab(4, -170, 24, 5, darker(coat, 0.3), 2)


def dog(brush: Brush, dice: Dice) -> None:
    fur = dice.pick(FURS)
    dark = darker(fur, 0.28)
    for x, paint in ((-26, dark), (20, dark), (-17, fur), (29, fur)):
        brush.line([(x, -30), (x + 2, -5)], 9, paint)
    brush.line(curve((-34, -44), (-56, -50), (-52, -74)), 8, fur)
    brush.slab(-40, -56, 78, 32, fur, 16)
    brush.line([(30, -46), (42, -64)], 22, fur)
    brush.line([(27, -50), (45, -52)], 6, dice.pick([colour("d64545"), colour("2f6690"), colour("3f9b5f")]))
    brush.oval(46, -72, 17, 14, fur)
    brush.slab(50, -74, 26, 14, lighter(fur, 0.2), 7)
    brush.oval(74, -71, 4, 4, colour("2b2320"))
    brush.oval(51, -77, 2.4, 2.4, colour("2b2320"))
    brush.area([(34, -84), (46, -82), (42, -58), (32, -60)], dark)


def traffic_light(brush: Brush, dice: Dice) -> None:
    """Only the housing with its lamps: pole and arm belong to the street."""
    brush.slab(-78, -52, 156, 52, colour("2f3640"), 12)
    on = dice.whole(0, 2)
    lamps = [("e5484d", "5a2b30"), ("f5b82e", "5c4a24"), ("35b46a", "21503a")]
    for place, (bright, dim) in enumerate(lamps):
        paint: Colour = colour(bright if place == on else dim)
        brush.oval(-48 + 48 * place, -26, 18, 18, paint)
        if place == on:
            brush.oval(-53 + 48 * place, -31, 6, 6, lighter(paint, 0.6))


FIGURES = {
    "car": Figure(car, 218, 218, 150),
    "bus": Figure(bus, 470, 470, 318),
    "bicycle": Figure(bicycle, 89, 89, 106),
    "person": Figure(person, 31, 40, 184),
    "dog": Figure(dog, 60, 79, 88),
    "traffic_light": Figure(traffic_light, 78, 78, 52),
}
