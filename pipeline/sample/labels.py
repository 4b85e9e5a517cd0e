"""The labels of a sample picture, and the file name that carries them.

The shares below are read off the shape of UTKFace's crop_part1 by eye, not counted from it. They
keep what makes that data hard to learn from fairly: one race is more than half of it, another is a
twenty-fifth, one picture in nine shows a one-year-old, and few show anybody over 80.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from trainer.features import RACES

RACE_SHARES = (0.53, 0.042, 0.16, 0.15, 0.118)  # in the order of RACES
FEMALE_SHARE = 0.55
# (first age, last age, share of the pictures): even within a row, both ends included.
AGE_SHARES = (
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
)

# The time stamps start within 2017, when UTKFace's own were taken. One picture follows the other
# by more than half a minute, so the longest run ends in 2018.
_FIRST_TIME = datetime(2017, 1, 1)
_FIRST_TIME_SPAN_MS = 365 * 24 * 3600 * 1000
_STEP_MS = 37_123


@dataclass(frozen=True)
class Labels:
    """What a file name says of its picture: age in years, indices into GENDERS and RACES."""

    age: int
    gender: int
    race: int


def picture_random(seed: int, index: int) -> random.Random:
    """Returns the generator of everything random in picture `index` (from 0) of a seed.

    Each picture has a generator of its own, so that it is the same however many are asked for.
    """
    return random.Random(f"{seed}/{index}")


def draw_labels(rng: random.Random) -> Labels:
    """Draws labels by AGE_SHARES (so 1..110 years), FEMALE_SHARE and RACE_SHARES, independently.

    Draw them from a fresh `picture_random`, before anything else, to get that picture's labels.
    """
    first, last, _ = rng.choices(AGE_SHARES, weights=[share for *_, share in AGE_SHARES])[0]
    age = rng.randint(first, last)
    gender = int(rng.random() < FEMALE_SHARE)
    race = rng.choices(range(len(RACES)), weights=RACE_SHARES)[0]
    return Labels(age=age, gender=gender, race=race)


def file_name(labels: Labels, *, seed: int, index: int) -> str:
    """Returns `[age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg` for picture `index`.

    The time stamp is a valid date and time of 17 digits, unique among the pictures of one seed.
    Its start depends on the seed, so that two seeds hardly ever share a name.
    """
    start_ms = random.Random(f"{seed}/time").randrange(_FIRST_TIME_SPAN_MS)
    time = _FIRST_TIME + timedelta(milliseconds=start_ms + index * _STEP_MS)
    stamp = f"{time:%Y%m%d%H%M%S}{time.microsecond // 1000:03d}"
    return f"{labels.age}_{labels.gender}_{labels.race}_{stamp}.jpg.chip.jpg"
