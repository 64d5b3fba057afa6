"""Animals that look at you, for scenes with one subject. Each sits on (0, 0) and is about 200 units high."""

from academy.annotation.scenery.dice import Dice
from academy.annotation.scenery.easel import Brush, Colour, colour, curve, darker, lighter, ring

DARK = colour("2b2320")
ROSE = colour("e59a94")
CAT_FURS = [colour(code) for code in ("e39a4f", "8d8a91", "3d3a41", "f0e4d2", "b98259")]
DOG_FURS = [colour(code) for code in ("c8935a", "f1e3cb", "7d563c", "4a4344", "dcb77f")]
RABBIT_FURS = [colour(code) for code in ("f4ece2", "c9ad92", "a9a4a6", "8b6b55")]
BIRD_COATS = [colour(code) for code in ("5b94c9", "e0a93b", "7fae5f", "c9675a", "8a7f76")]


def _eye(brush: Brush, x: float, y: float, radius: float) -> None:
    brush.oval(x, y, radius, radius, DARK)
    brush.oval(x + radius * 0.35, y - radius * 0.35, radius * 0.33, radius * 0.33, colour("ffffff"))


def cat(brush: Brush, dice: Dice) -> None:
    fur = dice.pick(CAT_FURS)
    shade, belly = darker(fur, 0.18), lighter(fur, 0.5)
    brush.line(curve((48, -14), (118, -10), (104, -84), 24), 17, shade)
    brush.area([*curve((-58, 0), (-74, -96), (-24, -124)), *curve((24, -124), (74, -96), (58, 0))], fur)
    brush.area([*curve((-24, 0), (-34, -70), (0, -92)), *curve((0, -92), (34, -70), (24, 0))], belly)
    for x in (-22, 22):
        brush.slab(x - 15, -52, 30, 52, fur, 15)
        brush.slab(x - 17, -16, 34, 16, lighter(fur, 0.2), 8)
        brush.line([(x - 5, -8), (x - 5, -2)], 2, shade)
        brush.line([(x + 5, -8), (x + 5, -2)], 2, shade)
    for side in (-1, 1):
        brush.area([(side * 55, -206), (side * 61, -146), (side * 12, -182)], fur)
        brush.area([(side * 49, -190), (side * 52, -158), (side * 24, -178)], ROSE)
    brush.oval(0, -142, 61, 50, fur)
    for x in (-14, 0, 14):
        brush.line([(x, -188), (x * 0.7, -170)], 6, shade)
    brush.oval(-13, -122, 19, 14, belly)
    brush.oval(13, -122, 19, 14, belly)
    for side in (-1, 1):
        brush.oval(side * 25, -146, 12, 13, colour("d7df8f"))
        brush.oval(side * 25, -146, 5, 12, DARK)
        for lift in (-4, 2, 8):
            brush.line([(side * 24, -122 + lift * 0.4), (side * 76, -126 + lift * 1.8)], 1.8, lighter(fur, 0.75))
    brush.area([(-7, -131), (7, -131), (0, -122)], ROSE)


def dog(brush: Brush, dice: Dice) -> None:
    fur = dice.pick(DOG_FURS)
    ear, muzzle = darker(fur, 0.38), lighter(fur, 0.45)
    brush.line(curve((50, -20), (96, -26), (100, -62), 16), 15, fur)
    brush.area([*curve((-62, 0), (-76, -92), (-30, -128)), *curve((30, -128), (76, -92), (62, 0))], fur)
    brush.area([*curve((-28, -10), (-36, -70), (0, -104)), *curve((0, -104), (36, -70), (28, -10))], muzzle)
    for x in (-26, 26):
        brush.slab(x - 17, -60, 34, 60, fur, 16)
        brush.slab(x - 20, -18, 40, 18, muzzle, 9)
    brush.slab(-34, -116, 68, 13, dice.pick([colour("c8443a"), colour("2f6690"), colour("3f8f5f")]), 6)
    brush.oval(0, -98, 8, 8, colour("f2c94c"))
    brush.oval(0, -156, 56, 54, fur)
    for side in (-1, 1):
        brush.area(
            [*curve((side * 34, -204), (side * 78, -206), (side * 80, -128)),
             *curve((side * 78, -112), (side * 58, -106), (side * 46, -150))], ear
        )  # fmt: skip
    brush.oval(0, -132, 35, 29, muzzle)
    brush.area(ring(0, -118, 13, 24, 0, 180), colour("e57f7f"))
    brush.slab(-17, -124, 34, 8, muzzle, 4)
    brush.oval(0, -148, 14, 10, DARK)
    brush.line([(0, -140), (0, -126)], 3, DARK)
    brush.line(curve((-17, -126), (-8, -117), (0, -126), 8), 3, DARK)
    brush.line(curve((0, -126), (8, -117), (17, -126), 8), 3, DARK)
    for side in (-1, 1):
        _eye(brush, side * 24, -168, 8)


def rabbit(brush: Brush, dice: Dice) -> None:
    fur = dice.pick(RABBIT_FURS)
    shade, belly = darker(fur, 0.14), lighter(fur, 0.55)
    for side in (-1, 1):
        lean = side * 14
        brush.area(ring(side * 26 + lean * 0.4, -186, 17, 62), shade)
        brush.area(ring(side * 26 + lean * 0.4, -180, 9, 48), ROSE)
    brush.oval(0, -44, 60, 46, fur)
    brush.oval(0, -40, 36, 36, belly)
    brush.oval(0, -108, 50, 44, fur)
    for side in (-1, 1):
        brush.slab(side * 34 - 26, -20, 52, 20, shade, 10)
        brush.oval(side * 16, -44, 12, 18, fur)
        _eye(brush, side * 24, -114, 8)
        brush.oval(side * 11, -92, 15, 12, belly)
        brush.oval(side * 34, -96, 8, 5, ROSE)
    brush.slab(-7, -84, 6.5, 11, colour("fffdf6"), 2)
    brush.slab(0.5, -84, 6.5, 11, colour("fffdf6"), 2)
    brush.area([(-7, -102), (7, -102), (0, -93)], ROSE)


def bird(brush: Brush, dice: Dice) -> None:
    coat = dice.pick(BIRD_COATS)
    beak = colour("e8902f")
    for x in (-8, 16):
        brush.line([(x, -34), (x, -4)], 5, beak)
        brush.line([(x - 12, -3), (x + 14, -3)], 5, beak)
    brush.area([(-50, -64), (-132, -34), (-126, -16), (-36, -40)], darker(coat, 0.3))
    brush.area([*curve((-76, -66), (-40, -10), (22, -24), 24), *curve((22, -24), (86, -50), (72, -122), 24),
                *curve((72, -122), (10, -150), (-76, -66), 24)], coat)  # fmt: skip
    brush.area([*curve((-20, -32), (30, -20), (56, -58)), *curve((56, -58), (72, -90), (64, -104)),
                *curve((64, -104), (20, -92), (-20, -32))], lighter(coat, 0.6))  # fmt: skip
    brush.area([*curve((-92, -52), (-60, -112), (8, -98)), *curve((8, -98), (8, -50), (-92, -52))], darker(coat, 0.2))
    brush.line(curve((-70, -56), (-40, -70), (-4, -70), 10), 4, darker(coat, 0.38))
    brush.oval(48, -140, 40, 38, coat)
    brush.area([(80, -150), (122, -134), (80, -124)], beak)
    brush.line([(82, -136), (112, -134)], 2.5, darker(beak, 0.3))
    brush.oval(56, -128, 13, 11, lighter(coat, 0.6))
    _eye(brush, 58, -148, 8)


def blanket(brush: Brush, paint: Colour) -> None:
    """A heap of blanket with somebody under it; who it is, nobody can tell."""
    brush.area([*curve((-150, 0), (-140, -110), (-40, -112)), *curve((-40, -112), (70, -150), (110, -66)),
                *curve((110, -66), (128, -20), (156, 0))], paint)  # fmt: skip
    for start, bend, end in (((-110, -6), (-96, -60), (-44, -92)), ((20, -4), (40, -60), (60, -104)),
                             ((-40, -4), (-34, -30), (-16, -52))):  # fmt: skip
        brush.line(curve(start, bend, end), 5, darker(paint, 0.16))
    for x in range(-140, 150, 20):
        brush.oval(x, -3, 9, 6, lighter(paint, 0.35))


PAINTERS = {"cat": cat, "dog": dog, "rabbit": rabbit, "bird": bird}
