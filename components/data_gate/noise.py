"""How far two samples of the same pictures are apart by chance alone.

No threshold can tell less than this from nothing. The numbers were fitted to the greatest
distances between five hundred pairs of random samples of crop_part1, at each of fourteen pairs
of sizes from 70 to 14,000 examples; benchmarks/gate_noise.py gives such distances.
"""

import math

from trainer import features

# floor = constant + slope * (1 / examples + 1 / examples of the baseline); L-infinity by the root.
_SHARE_SLOPE = 2.0
_DIVERGENCE = {
    features.AGE_BAND_KEY: (0.0, 7.5),
    features.AGE_KEY: (0.024, 8.0),
    features.BRIGHTNESS_KEY: (0.024, 8.0),
    features.CONTRAST_KEY: (0.024, 8.0),
    features.SHARPNESS_KEY: (0.1, 7.0),
    # Measured of one example in eight.
    features.COLOUR_KEY: (0.02, 60.0),
}


def floor(feature: str, examples: int, baseline_examples: int) -> float:
    """Returns the least distance of a feature that says anything, 0 or more."""
    both = 1 / max(1, examples) + 1 / max(1, baseline_examples)
    if feature not in _DIVERGENCE:
        return _SHARE_SLOPE * math.sqrt(both)
    constant, slope = _DIVERGENCE[feature]
    return constant + slope * both
