"""Scenes with one main subject: an animal at home or in the garden, sometimes too dim, too blurred or hidden."""

from PIL import Image, ImageEnhance, ImageFilter

from academy.annotation.scenery import animals
from academy.annotation.scenery.backdrops import HEIGHT, HOURS, WIDTH, bush, hills, sky, tree
from academy.annotation.scenery.dice import Dice
from academy.annotation.scenery.easel import Brush, Easel, colour, darker, lighter, mixed, ring

CANNOT_TELL = "cannot_tell"
WALLPAPERS = [colour(code) for code in ("ead9c8", "cfdcd6", "e6d3cf", "d9d7e2", "e9dfb9")]
FLOORS = [colour(code) for code in ("c59d72", "b88a63", "d0ad84")]
CLOTHS = [colour(code) for code in ("b5654a", "5f8a83", "d1a04a", "7a6a94", "6f8fae")]
RIDDLES = ("dim", "blurred", "hidden", "nobody")


def portrait(seed: str, level: int) -> tuple[Image.Image, str]:
    """The picture and its right answer; one in six can not be told by anybody."""
    dice = Dice(seed)
    choice = CANNOT_TELL if dice.chance(1 / 6) else dice.pick(tuple(animals.PAINTERS))
    riddle = dice.pick(RIDDLES) if choice == CANNOT_TELL else ""
    subject = choice if choice in animals.PAINTERS else dice.pick(tuple(animals.PAINTERS))
    easel = Easel(WIDTH, HEIGHT)
    at_home = dice.chance(0.55)
    (_room if at_home else _garden)(easel, dice)
    if level == 3 and choice != CANNOT_TELL:
        _somebody_far(easel, dice, subject)
    x, y = dice.between(330, 630), dice.between(550, 585)
    size = dice.between(*{1: (1.75, 2.05), 2: (1.1, 1.6), 3: (0.9, 1.25)}[level])
    if riddle == "hidden":
        easel.brush(x, y, size).shadow(0, 0, 158, 12)
        animals.blanket(easel.brush(x, y, size), dice.pick(CLOTHS))
    elif riddle != "nobody":
        easel.brush(x, y, size).shadow(0, 0, 78, 11)
        brush = easel.brush(x, y, size, owner=1, mirrored=dice.chance(0.5))
        animals.PAINTERS[subject](brush, Dice(f"{seed}/subject"))
        if level > 1 and not riddle:
            _half_hide(easel.brush(x, y + 22, size), at_home)
    picture = easel.picture()
    if riddle == "dim":
        picture = ImageEnhance.Brightness(picture.filter(ImageFilter.GaussianBlur(56))).enhance(0.12)
    if riddle == "blurred":
        picture = picture.filter(ImageFilter.GaussianBlur(64))
    return picture, choice


def _half_hide(brush: Brush, at_home: bool) -> None:
    """Something in front of the lower part; head and ears always stay to be seen."""
    if at_home:
        card = colour("c99a66")
        brush.slab(-96, -66, 192, 68, card, 3)
        brush.slab(-96, -66, 192, 12, darker(card, 0.12))
        brush.slab(-16, -66, 32, 68, lighter(card, 0.25))
    else:
        bush(Brush(brush.easel, brush.x, brush.y, brush.size * 1.35, brush.owner, False), colour("7fa267"))


def _somebody_far(easel: Easel, dice: Dice, subject: str) -> None:
    """A small second animal of another kind at the back: the rule says that the large one counts."""
    other = dice.pick([name for name in animals.PAINTERS if name != subject])
    x = dice.pick((dice.between(90, 160), dice.between(800, 870)))
    easel.brush(x, 478, 0.38).shadow(0, 0, 80, 12)
    animals.PAINTERS[other](easel.brush(x, 478, 0.38), Dice(f"{dice.seed}/far"))


def _room(easel: Easel, dice: Dice) -> None:
    wall, floor = dice.pick(WALLPAPERS), dice.pick(FLOORS)
    brush = easel.brush()
    brush.slab(0, 0, WIDTH, 430, wall)
    for x in range(0, WIDTH, 64):
        brush.slab(x, 0, 20, 430, lighter(wall, 0.2))
    brush.slab(0, 414, WIDTH, 20, lighter(wall, 0.6))
    brush.slab(0, 434, WIDTH, 210, floor)
    for row, y in enumerate(range(434, 640, 42)):
        brush.slab(0, y, WIDTH, 2, darker(floor, 0.14))
        for x in range(-90 + 130 * (row % 2), WIDTH, 260):
            brush.slab(x, y, 2, 42, darker(floor, 0.14))
    _window(easel.brush(dice.pick((90, 620)), 70), dice)
    cloth = dice.pick(CLOTHS)
    brush.oval(WIDTH / 2, 566, 380, 62, lighter(cloth, 0.3))
    brush.oval(WIDTH / 2, 564, 330, 48, lighter(cloth, 0.55))
    _plant(easel.brush(dice.pick((54, 906)), 470, 1.2))


def _window(brush: Brush, dice: Dice) -> None:
    hour = dice.pick(HOURS)
    brush.slab(-10, -10, 260, 220, colour("f8f2e6"), 4)
    brush.slab(0, 0, 240, 200, mixed(hour.high, hour.low, 0.4))
    brush.area(ring(70, 200, 70, 46, 180, 360), mixed(hour.leaf, hour.low, 0.4))
    brush.area(ring(172, 200, 68, 62, 180, 360), mixed(hour.leaf, hour.low, 0.25))
    brush.slab(-10, 200, 260, 12, colour("f8f2e6"), 4)
    brush.slab(114, 0, 12, 200, colour("f8f2e6"))
    cloth = lighter(dice.pick(CLOTHS), 0.3)
    for side in (0, 1):
        left = -34 if side == 0 else 222
        brush.slab(left, -22, 52, 250, cloth, 6)
        for x in (12, 28, 42):
            brush.slab(left + x, -14, 3, 236, darker(cloth, 0.12))
    brush.slab(-52, -32, 344, 10, colour("8a6a4f"), 5)


def _plant(brush: Brush) -> None:
    leaf = colour("5d8a5e")
    for lean in (-60, -34, 0, 34, 60):
        brush.line([(0, -60), (lean * 0.6, -110 - (60 - abs(lean)))], 6, leaf)
        brush.oval(lean * 0.7, -122 - (60 - abs(lean)), 15, 28, lighter(leaf, 0.1))
    brush.area([(-32, -66), (32, -66), (24, 0), (-24, 0)], colour("c9714f"))
    brush.slab(-36, -74, 72, 14, colour("b9613f"), 4)


def _garden(easel: Easel, dice: Dice) -> None:
    hour = dice.pick(HOURS)
    sky(easel, hour, dice, 330)
    hills(easel, hour, dice, 330)
    brush = easel.brush()
    brush.slab(0, 326, WIDTH, 320, hour.grass)
    for x in (dice.between(20, 200), dice.between(760, 940)):
        tree(easel.brush(x, 350, dice.between(1.5, 1.9)), mixed(hour.leaf, hour.low, 0.12))
    fence = colour("efe4d0")
    for rail in (346, 386):
        brush.slab(0, rail, WIDTH, 12, darker(fence, 0.08))
    for post in range(-10, WIDTH, 54):
        brush.area([(post, 424), (post, 332), (post + 15, 316), (post + 30, 332), (post + 30, 424)], fence)
    for _ in range(40):
        x, y = dice.between(0, WIDTH), dice.between(440, 632)
        brush.line([(x - 5, y - 9), (x, y), (x + 5, y - 10)], 2.4, darker(hour.grass, 0.16))
        if dice.chance(0.45):
            petal = dice.pick((colour("fff3d1"), colour("f0a6a0"), colour("f4cf63"), colour("c9a6d9")))
            for dx, dy in ((-5, 0), (5, 0), (0, -5), (0, 5)):
                brush.oval(x + 12 + dx, y - 8 + dy, 4, 4, petal)
            brush.oval(x + 12, y - 8, 3, 3, colour("d98a2f"))
