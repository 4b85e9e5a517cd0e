"""The labels of a sample picture, and the file name that carries them."""

import random
from datetime import datetime, timedelta

from components.ingest.labels.names import Labels
from pipeline.tools.sample.traits import CLASS_SHARES, ROW_SHARES
from trainer.tasks import TASKS, Task

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
