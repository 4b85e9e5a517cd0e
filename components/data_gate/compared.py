"""The features whose distributions are compared: how, and within which limits by default.

schema/README.md says what each limit was measured on.
"""

import math
from dataclasses import dataclass
from typing import Literal

from components.data_gate.judging import ShareLimits
from trainer import features
from trainer.groups import ATTRIBUTES
from trainer.tasks import CLASSES, TASKS, Task

Histogram = Literal["standard", "quantiles"]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How a feature is compared with the same feature of other examples.

    Attributes:
      histogram: the distance is the Jensen-Shannon divergence of two such histograms; None takes
        the greatest change of a share (L-infinity), which suits features of few values.
      drift: of the train split, from the one that was accepted last.
      skew: of other splits, from the train split; None where they are not compared.
      chance: constant and slope of the distance that chance alone makes; see floor.
      axis: the title of the axis where the feature is drawn as a histogram.
    """

    histogram: Histogram | None
    drift: ShareLimits
    skew: ShareLimits | None = None
    chance: tuple[float, float]
    axis: str = ""

    def floor(self, examples: int, baseline_examples: int) -> float:
        """Returns the least distance that says anything, 0 or more.

        Random samples of the same pictures are as far apart. The numbers were fitted to the
        greatest distances between five hundred pairs of random samples of crop_part1, at each of
        fourteen pairs of sizes from 70 to 14,000 examples; benchmarks/gate_noise.py gives such
        distances.
        """
        both = 1 / max(1, examples) + 1 / max(1, baseline_examples)
        constant, slope = self.chance
        return constant + slope * (both if self.histogram else math.sqrt(both))


def _of_task(task: Task) -> Compared:
    limits = ShareLimits(warn=0.08, stop=0.15)
    if task.classes:
        return Compared(histogram=None, drift=limits, skew=limits, chance=(0.0, 2.0))
    return Compared(
        histogram="standard",
        drift=ShareLimits(warn=0.05, stop=0.1),
        chance=(0.024, 8.0),
        axis=f"{task.name} in {task.unit}",
    )


_BAND = Compared(
    histogram="standard",
    drift=ShareLimits(warn=0.02, stop=0.05),
    skew=ShareLimits(warn=0.03, stop=0.08),
    chance=(0.0, 7.5),
)
# Classes first, then what they are grouped by beside, then numbers; the order of the settings.
COMPARED: dict[str, Compared] = {
    **{task.label_key: _of_task(task) for task in reversed(TASKS) if task.classes},
    **{attribute.key: _BAND for attribute in ATTRIBUTES if attribute.key not in CLASSES},
    **{task.label_key: _of_task(task) for task in TASKS if not task.classes},
    features.BRIGHTNESS_KEY: Compared(
        histogram="standard",
        drift=ShareLimits(warn=0.05, stop=0.15),
        chance=(0.024, 8.0),
        axis="brightness: mean grey level, 0 black to 255 white",
    ),
    features.CONTRAST_KEY: Compared(
        histogram="standard",
        drift=ShareLimits(warn=0.05, stop=0.15),
        chance=(0.024, 8.0),
        axis="contrast: standard deviation of the grey levels",
    ),
    # Noise moves the standard histogram of it more.
    features.SHARPNESS_KEY: Compared(
        histogram="quantiles",
        drift=ShareLimits(warn=0.12),
        chance=(0.1, 7.0),
        axis="sharpness: variance of the Laplacian",
    ),
    # Measured of one example in eight.
    features.COLOUR_KEY: Compared(
        histogram="standard",
        drift=ShareLimits(warn=0.06, stop=0.1),
        chance=(0.02, 60.0),
        axis="colour: mean distance from grey, of one picture in eight",
    ),
}
