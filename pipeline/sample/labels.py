"""The labels of a sample picture, and the file name that carries them.

The shares below are read off the shape of UTKFace's crop_part1 by eye, not counted from it. They
keep what makes that data hard to learn from fairly: one race is more than half of it, another is a
twenty-fifth, one picture in nine shows a one-year-old, and few show anybody over 80. Of a task
without shares, each label is as frequent as any other.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from components.utkface_example_gen.names import Labels
from trainer.tasks import AGE, GENDER, RACE, TASKS, Task

# By task, the share of the pictures that each class has, by its code.
CLASS_SHARES: Mapping[str, Mapping[int, float]] = {
    GENDER.name: {1: 0.55, 0: 0.45},
    RACE.name: {0: 0.53, 1: 0.042, 2: 0.16, 3: 0.15, 4: 0.118},
}
# By regression, (first label, last label, share of the pictures): even within a row, both ends
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

# The time stamps start within 2017, when UTKFace's own were taken. One picture follows the other
# by more than half a minute, so the longest run ends in 2018.
_FIRST_TIME = datetime(2017, 1, 1)
_FIRST_TIME_SPAN_MS = 365 * 24 * 3600 * 1000
_STEP_MS = 37_123


def picture_random(seed: int, index: int) -> random.Random:
    """Returns the generator of everything random in picture `index` (from 0) of a seed.

    Each picture has a generator of its own, so that it is the same however many are asked for.
    """
    return random.Random(f"{seed}/{index}")


def draw_labels(rng: random.Random) -> Labels:
    """Draws the label of each task by CLASS_SHARES or ROW_SHARES, independently.

    Draw them from a fresh `picture_random`, before anything else, to get that picture's labels.
    """
    return {task.label_key: _draw_label(task, rng) for task in TASKS}


def _draw_label(task: Task, rng: random.Random) -> int:
    if task.classes:
        shares = CLASS_SHARES.get(task.name) or dict.fromkeys(range(len(task.classes)), 1.0)
        return rng.choices(list(shares), weights=list(shares.values()))[0]
    rows = ROW_SHARES.get(task.name, ((task.minimum, task.maximum, 1.0),))
    first, last, _ = rng.choices(rows, weights=[share for *_, share in rows])[0]
    return rng.randint(first, last)


def file_name(labels: Labels, *, seed: int, index: int) -> str:
    """Returns a name like `names.GRAMMAR` for picture `index`.

    The time stamp is a valid date and time of 17 digits, unique among the pictures of one seed.
    Its start depends on the seed, so that two seeds hardly ever share a name.
    """
    start_ms = random.Random(f"{seed}/time").randrange(_FIRST_TIME_SPAN_MS)
    time = _FIRST_TIME + timedelta(milliseconds=start_ms + index * _STEP_MS)
    stamp = f"{time:%Y%m%d%H%M%S}{time.microsecond // 1000:03d}"
    places = (str(labels[task.label_key]) for task in TASKS)
    return f"{'_'.join(places)}_{stamp}.jpg.chip.jpg"
