"""The features whose distributions are compared, with their distances and default limits.

schema/README.md describes the measurements behind each limit.
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
      drift: limits on the distance of the train split from the span accepted last.
      skew: limits on the distance of other splits from the train split; None to not compare them.
      histogram: type of the histograms whose Jensen-Shannon divergence is the distance. None uses
        the largest change of a share (L-infinity), which suits features with few values.
      chance: constant and slope of the distance that chance alone causes; see floor.
      axis: title of the axis if the feature is drawn as a histogram.
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
        """Returns the smallest meaningful distance, 0 or more.

        Random samples of the same images reach this distance. `chance` was fitted to the largest
        distances between five hundred pairs of random samples of crop_part1, at each of fourteen
        pairs of sizes from 70 to 14,000; benchmarks/gate_noise.py measures such distances.
        """
        both = 1 / max(1, examples) + 1 / max(1, baseline_examples)
        constant, slope = self.chance
        return constant + slope * (both if self.histogram else math.sqrt(both))


_LABEL = ShareLimits(warn=0.08, stop=0.15)
_CLASSES = Compared(_LABEL, _LABEL, histogram=None, chance=(0.0, 2.0))
_BAND = Compared(
    ShareLimits(warn=0.02, stop=0.05), ShareLimits(warn=0.03, stop=0.08), chance=(0.0, 7.5)
)
_NUMBER, _IMAGE = ShareLimits(warn=0.05, stop=0.1), ShareLimits(warn=0.05, stop=0.15)
# In the order of the settings. Noise moves the standard histogram of the sharpness more; the
# color is measured on one example in eight.
COMPARED: dict[str, Compared] = {
    **{task.label_key: _CLASSES for task in reversed(TASKS) if task.classes},
    **{attribute.key: _BAND for attribute in ATTRIBUTES if attribute.key not in CLASSES},
    **{
        task.label_key: Compared(_NUMBER, axis=f"{task.name} in {task.unit}")
        for task in TASKS
        if not task.classes
    },
    features.BRIGHTNESS_KEY: Compared(
        _IMAGE, axis="brightness: mean gray level, 0 black to 255 white"
    ),
    features.CONTRAST_KEY: Compared(_IMAGE, axis="contrast: standard deviation of the gray levels"),
    features.SHARPNESS_KEY: Compared(
        ShareLimits(warn=0.12),
        histogram="quantiles",
        chance=(0.1, 7.0),
        axis="sharpness: variance of the Laplacian",
    ),
    features.COLOR_KEY: Compared(
        ShareLimits(warn=0.06, stop=0.1),
        chance=(0.02, 60.0),
        axis="color: mean distance from gray, of one image in eight",
    ),
}
