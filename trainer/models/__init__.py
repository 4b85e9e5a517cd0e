"""The architectures, by name."""

from collections.abc import Callable

import keras

from trainer.models.compact import build_compact
from trainer.models.seed import build_seed

ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {"compact": build_compact, "seed": build_seed}


def build(architecture: str) -> keras.Model:
    """Builds a three-branch model.

    Args:
      architecture: a name in ARCHITECTURES.

    Returns:
      A model from normalised images, float32 [batch, 96, 96, 3], to a dict:
      `age_output` [batch, 1], years; `gender_output` [batch, 1], the probability
      of `female`; `race_output` [batch, 5], a probability a class.

    Raises:
      ValueError: if there is no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"Expected an architecture out of {sorted(ARCHITECTURES)}. "
            f"Received: architecture={architecture!r}."
        )
    return ARCHITECTURES[architecture]()
