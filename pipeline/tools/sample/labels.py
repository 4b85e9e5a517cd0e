"""The labels of a sample image, and the file name that encodes them."""

import random
from datetime import datetime, timedelta

from components.ingest.labels.names import Labels
from pipeline.tools.sample.traits import CLASS_SHARES, ROW_SHARES
from trainer.tasks import TASKS, Task

# Time stamps start in 2017, like UTKFace's own. Images are more than half a minute apart, so the
# longest series ends in 2018.
_FIRST_TIME = datetime(2017, 1, 1)
_FIRST_TIME_SPAN_MS = 365 * 24 * 3600 * 1000
_STEP_MS = 37_123


def image_random(seed: int, index: int) -> random.Random:
    """Returns the random number generator of image `index` (from 0) of a seed.

    Each image has its own generator, so an image does not depend on the number of images.
    """
    return random.Random(f"{seed}/{index}")


def draw_labels(rng: random.Random) -> Labels:
    """Draws the label of each task independently, by CLASS_SHARES or ROW_SHARES.

    To get the labels of an image, call this first on a fresh `image_random`.
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
    """Returns a name like `names.GRAMMAR` for image `index`.

    The time stamp is a valid date and time of 17 digits, unique among the images of a seed. Its
    start depends on the seed, so that two seeds hardly ever share a name.
    """
    start_ms = random.Random(f"{seed}/time").randrange(_FIRST_TIME_SPAN_MS)
    time = _FIRST_TIME + timedelta(milliseconds=start_ms + index * _STEP_MS)
    stamp = f"{time:%Y%m%d%H%M%S}{time.microsecond // 1000:03d}"
    codes = (str(labels[task.label_key]) for task in TASKS)
    return f"{'_'.join(codes)}_{stamp}.jpg.chip.jpg"
