"""The features whose distributions are compared: how, and within which limits by default.

schema/README.md says what each limit was measured on.
"""

import math
from dataclasses import dataclass
from typing import Literal

from components.data_gate.checks.limits import ShareLimits
from trainer import features
from trainer.groups import ATTRIBUTES
from trainer.tasks import CLASSES, TASKS

Histogram = Literal["standard", "quantiles"]


@dataclass(frozen=True)
class Compared:
    """How a feature is compared with the same feature of other examples.

    Attributes:
      drift: limits of the train split, from the one that was accepted last.
      skew: limits of other splits, from the train split; None where they are not compared.
      histogram: the distance is the Jensen-Shannon divergence of two such histograms; None takes
        the greatest change of a share (L-infinity), which suits features of few values.
      chance: constant and slope of the distance that chance alone makes; see floor.
      axis: the title of the axis where the feature is drawn as a histogram.
    """

    drift: ShareLimits
    skew: ShareLimits | None = None
    histogram: Histogram | None = "standard"
    chance: tuple[float, float] = (0.024, 8.0)
    axis: str = ""

    @property
    def distance(self) -> str:
        """The name of the distance."""
        if self.histogram is None:
            return "largest change of a share (L-infinity)"
        kind = "quantile histograms" if self.histogram == "quantiles" else "histograms"
        return f"Jensen-Shannon divergence of {kind}"

    def floor(self, examples: int, baseline_examples: int) -> float:
        """Returns the least distance that says anything, 0 or more.

        Random samples of the same pictures are as far apart. `chance` was fitted to the greatest
        distances between five hundred pairs of random samples of crop_part1, at each of fourteen
        pairs of sizes from 70 to 14,000; benchmarks/gate_noise.py gives such distances.
        """
        both = 1 / max(1, examples) + 1 / max(1, baseline_examples)
        constant, slope = self.chance
        return constant + slope * (both if self.histogram else math.sqrt(both))


_LABEL = ShareLimits(warn=0.08, stop=0.15)
_CLASSES = Compared(_LABEL, _LABEL, histogram=None, chance=(0.0, 2.0))
_BAND = Compared(
    ShareLimits(warn=0.02, stop=0.05), ShareLimits(warn=0.03, stop=0.08), chance=(0.0, 7.5)
)
_NUMBER, _PICTURE = ShareLimits(warn=0.05, stop=0.1), ShareLimits(warn=0.05, stop=0.15)
# In the order of the settings. Noise moves the standard histogram of the sharpness more; the
# colour is measured of one example in eight.
COMPARED: dict[str, Compared] = {
    **{task.label_key: _CLASSES for task in reversed(TASKS) if task.classes},
    **{attribute.key: _BAND for attribute in ATTRIBUTES if attribute.key not in CLASSES},
    **{
        task.label_key: Compared(_NUMBER, axis=f"{task.name} in {task.unit}")
        for task in TASKS
        if not task.classes
    },
    features.BRIGHTNESS_KEY: Compared(
        _PICTURE, axis="brightness: mean grey level, 0 black to 255 white"
    ),
    features.CONTRAST_KEY: Compared(
        _PICTURE, axis="contrast: standard deviation of the grey levels"
    ),
    features.SHARPNESS_KEY: Compared(
        ShareLimits(warn=0.12),
        histogram="quantiles",
        chance=(0.1, 7.0),
        axis="sharpness: variance of the Laplacian",
    ),
    features.COLOUR_KEY: Compared(
        ShareLimits(warn=0.06, stop=0.1),
        chance=(0.02, 60.0),
        axis="colour: mean distance from grey, of one picture in eight",
    ),
}
