"""The architectures, by name."""

from collections.abc import Callable

import keras

from trainer.models.compact import build_compact
from trainer.models.seed import build_seed
from trainer.models.shared import build_shared

# Of the number of units of the age head.
ARCHITECTURES: dict[str, Callable[[int], keras.Model]] = {
    "compact": build_compact,
    "seed": build_seed,
    "shared": build_shared,
}


def build(architecture: str, age_units: int = 1) -> keras.Model:
    """Builds a model with a head a task; see trainer.tasks.

    Args:
      architecture: a name in ARCHITECTURES.
      age_units: trainer.age_heads.age_units of the age's loss.

    Returns:
      A model from normalised images, float32 [batch, 96, 96, 3], to a dict:
      `age_output` [batch, 1], years, or logits [batch, age_units]; `gender_output` [batch, 1],
      the probability of `female`; `race_output` [batch, 5], a probability a class. They are
      float32 whatever precision the rest has, which Keras's dtype policy says.

    Raises:
      ValueError: if there is no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"Expected an architecture out of {sorted(ARCHITECTURES)}. "
            f"Received: architecture={architecture!r}."
        )
    return ARCHITECTURES[architecture](age_units)
