"""The traits of sample faces: the shares of the labels, and the look of a face with these labels.

Every trait overlaps between neighboring labels (some women have short hair, skin tones of two
races meet). A model can therefore learn the labels well, but not perfectly. The tables are drawing
conventions, not a description of any group of people.

The shares are estimated by eye from the distribution of UTKFace's crop_part1, not counted. They
keep what makes fair training on that data hard: one race is more than half of it, another race is
a twenty-fifth, one image in nine shows a one-year-old, and few images show anybody over 80.

A further task needs no change here: its labels are drawn uniformly, and are invisible. Add its
shares to CLASS_SHARES or ROW_SHARES, and the look of its labels to FURTHER.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PIL.ImageDraw import ImageDraw

from components.ingest.labels.names import Labels
from trainer.tasks import AGE, GENDER, RACE

if TYPE_CHECKING:
    from pipeline.tools.sample.layout import Layout

# The share of the images for each class code, by task.
CLASS_SHARES: Mapping[str, Mapping[int, float]] = {
    GENDER.name: {1: 0.55, 0: 0.45},
    RACE.name: {0: 0.53, 1: 0.042, 2: 0.16, 3: 0.15, 4: 0.118},
}
# By regression, (first label, last label, share of the images): uniform within a row, both ends
# included.
ROW_SHARES: Mapping[str, tuple[tuple[int, int, float], ...]] = {
    AGE.name: (
        (1, 1, 0.11),
        (2, 2, 0.03),
        (3, 5, 0.04),
        (6, 9, 0.06),
        (10, 15, 0.06),
        (16, 19, 0.055),
        (20, 25, 0.12),
        (26, 30, 0.13),
        (31, 35, 0.09),
        (36, 45, 0.09),
        (46, 55, 0.07),
        (56, 65, 0.06),
        (66, 80, 0.055),
        (81, 95, 0.025),
        (96, 110, 0.005),
    ),
}

Color = tuple[int, int, int]
_Choice = TypeVar("_Choice")

# From the lightest skin to the darkest, evenly spaced over a depth of 0..1.
_SKIN = ((250, 222, 204), (236, 196, 158), (204, 150, 108), (150, 99, 66), (82, 54, 41))
_BLOND, _RED, _BROWN = (216, 180, 112), (162, 84, 44), (134, 92, 56)
_DARK, _BLACK, _GRAY = (76, 50, 34), (28, 24, 24), (222, 222, 226)
_BLUE_EYES, _GREEN_EYES, _BROWN_EYES = (84, 132, 186), (98, 138, 92), (74, 46, 30)


@dataclass(frozen=True)
class _RaceTable:
    skin_depth: tuple[float, float]  # mean and standard deviation
    hair_colors: dict[Color, float]
    textures: dict[str, float]
    eye_colors: dict[Color, float]
    eye_openness: float
    nose_width: float
    lip_fullness: float


_BROWN_ONLY = {_BROWN_EYES: 1.0}
_RACE_TABLES = (  # in the order of the classes
    _RaceTable(
        skin_depth=(0.06, 0.06),
        hair_colors={_BLOND: 0.35, _BROWN: 0.4, _RED: 0.1, _DARK: 0.15},
        textures={"straight": 0.45, "wavy": 0.45, "curly": 0.1},
        eye_colors={_BLUE_EYES: 0.5, _GREEN_EYES: 0.25, _BROWN_EYES: 0.25},
        eye_openness=1.0,
        nose_width=0.9,
        lip_fullness=0.9,
    ),
    _RaceTable(
        skin_depth=(0.9, 0.07),
        hair_colors={_BLACK: 0.9, _DARK: 0.1},
        textures={"straight": 0.08, "wavy": 0.12, "curly": 0.8},
        eye_colors=_BROWN_ONLY,
        eye_openness=1.0,
        nose_width=1.15,
        lip_fullness=1.2,
    ),
    _RaceTable(
        skin_depth=(0.22, 0.06),
        hair_colors={_BLACK: 0.9, _DARK: 0.1},
        textures={"straight": 0.9, "wavy": 0.1},
        eye_colors=_BROWN_ONLY,
        eye_openness=0.72,
        nose_width=1.0,
        lip_fullness=0.95,
    ),
    _RaceTable(
        skin_depth=(0.64, 0.07),
        hair_colors={_BLACK: 0.85, _DARK: 0.15},
        textures={"straight": 0.4, "wavy": 0.55, "curly": 0.05},
        eye_colors=_BROWN_ONLY,
        eye_openness=1.1,
        nose_width=1.0,
        lip_fullness=1.0,
    ),
    _RaceTable(
        skin_depth=(0.42, 0.07),
        hair_colors={_DARK: 0.65, _BROWN: 0.15, _BLACK: 0.2},
        textures={"straight": 0.25, "wavy": 0.6, "curly": 0.15},
        eye_colors={_BROWN_EYES: 0.8, _GREEN_EYES: 0.2},
        eye_openness=1.0,
        nose_width=1.0,
        lip_fullness=1.05,
    ),
)


@dataclass(frozen=True)
class Traits:
    """The traits of a face. Amounts are in 0..1 and factors near 1, unless a comment differs."""

    skin: Color
    hair: Color
    iris: Color
    lips: Color
    texture: str  # straight, wavy or curly hair
    maturity: float  # 0: a newborn's proportions, 1: an adult's
    wear: float  # lines and spots: 0 none, 1 the most
    baldness: float
    hair_length: float  # 0 ends above the ears, 1 below the shoulders
    beard: float  # how much the chin has the color of the hair
    moustache: bool
    jaw: float  # exponent of the lower face: 2 is an oval, more is squarer
    brow: float  # factor on the thickness of the eyebrows
    lashes: float
    earrings: bool
    glasses: bool
    freckles: int  # count
    eye_openness: float  # factor
    nose_width: float  # factor
    lip_fullness: float  # factor
    # Functions that draw on the finished face, in this order.
    overlays: tuple[Callable[[ImageDraw, "Layout"], None], ...] = ()


# By task, the function that changes the look by the label; other further labels are invisible.
# To draw something that is not a trait, add to the overlays with dataclasses.replace.
FURTHER: dict[str, Callable[[Traits, int, random.Random], Traits]] = {}


def mix(first: Color, second: Color, amount: float) -> Color:
    """Returns the color `amount` (clipped to 0..1) of the way from the first to the second."""
    amount = clip(amount)
    r, g, b = (round(x + (y - x) * amount) for x, y in zip(first, second, strict=True))
    return r, g, b


def clip(value: float) -> float:
    """Returns the value, clipped to 0..1."""
    return min(1.0, max(0.0, value))


def draw_traits(labels: Labels, rng: random.Random) -> Traits:
    """Draws the traits for the labels; equal labels and generator states give equal traits."""
    age, race = labels[AGE.label_key], labels[RACE.label_key]
    table = _RACE_TABLES[race]
    female = labels[GENDER.label_key] == 1
    # A face looks a few years older or younger than it is; the deviation grows with the age.
    looks = max(0.0, age + rng.gauss(0.0, 0.3 + 0.07 * age))
    adult = looks > 15 + rng.gauss(0.0, 1.5)

    skin = _skin(table.skin_depth, rng)
    density = clip(looks / 3)  # infants have little hair
    gray = clip((looks - 31) / 36 + rng.gauss(0.0, 0.07))
    hair = mix(mix(_pick(table.hair_colors, rng), _GRAY, gray), skin, 0.55 * (1 - density))
    long_hair = rng.random() < (0.88 if female else 0.08)
    length = rng.uniform(0.55, 1.0) if long_hair else rng.uniform(0.0, 0.2)
    if looks > 60 and rng.random() < 0.4:
        length *= 0.5
    balding = not female and rng.random() < 0.75
    beard = adult and not female and rng.random() < 0.6
    rouge = rng.uniform(0.4, 0.85) if female and adult else rng.uniform(0.08, 0.28)
    freckled = race == 0 and rng.random() < 0.3
    wear = clip((looks - 22) / 54)
    traits = Traits(
        skin=mix(skin, (200, 190, 182), 0.2 * wear),
        hair=hair,
        iris=_pick(table.eye_colors, rng),
        lips=mix(mix(skin, (150, 70, 66), 0.3), (196, 36, 70), rouge),
        texture=_pick(table.textures, rng),
        maturity=clip(looks / 18) ** 0.6,
        wear=wear,
        baldness=clip((looks - 28) / 40 + rng.gauss(0.0, 0.15)) if balding else 0.0,
        hair_length=length * density,
        beard=rng.choice((0.25, 0.35, 0.75, 0.9)) if beard else 0.0,
        moustache=adult and not female and rng.random() < 0.25,
        jaw=rng.gauss(2.2 if female or not adult else 3.1, 0.18),
        brow=rng.gauss(0.7 if female else 1.5, 0.15) * (1.0 if adult else 0.85),
        lashes=clip(rng.gauss(0.9 if female else 0.12, 0.15)),
        earrings=female and looks > 4 and rng.random() < 0.4,
        glasses=looks > 5 and rng.random() < (0.08 if looks < 45 else 0.55),
        freckles=rng.randint(14, 26) if freckled and looks > 4 else 0,
        eye_openness=rng.gauss(table.eye_openness, 0.07),
        nose_width=rng.gauss(table.nose_width, 0.07),
        lip_fullness=rng.gauss(table.lip_fullness, 0.1) * (1 - 0.3 * wear),
    )
    for name, change in FURTHER.items():
        traits = change(traits, labels[name], rng)
    return traits


def _skin(depth: tuple[float, float], rng: random.Random) -> Color:
    position = clip(rng.gauss(*depth)) * (len(_SKIN) - 1)
    lower = min(int(position), len(_SKIN) - 2)
    return mix(_SKIN[lower], _SKIN[lower + 1], position - lower)


def _pick(weights: dict[_Choice, float], rng: random.Random) -> _Choice:
    return rng.choices(list(weights), weights=list(weights.values()))[0]
