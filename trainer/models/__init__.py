"""The architectures, by name."""

from collections.abc import Callable

import keras

from trainer.image_format import ImageFormat
from trainer.models.compact import build_compact
from trainer.models.pretrained import build_pretrained
from trainer.models.seed import build_seed
from trainer.models.shared import build_shared
from trainer.settings.hyperparameters import Hyperparameters

ARCHITECTURES: dict[str, Callable[[Hyperparameters, ImageFormat], keras.Model]] = {
    "compact": build_compact,
    "pretrained": build_pretrained,
    "seed": build_seed,
    "shared": build_shared,
}


def build(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds a model with a head a task; see trainer.tasks.

    Args:
      hyperparameters: name the architecture, one of ARCHITECTURES, and the losses.
      images: what it will get.

    Returns:
      A model from normalised images, float32 [batch, height, width, 3], to a dict of outputs by
      `Task.output_key`. That of a regression is [batch, 1] in the unit of the task, or logits
      [batch, n] if its loss wants a distribution; of two classes [batch, 1], the probability of
      the second; of more [batch, n], a probability a class. They are float32 whatever precision
      the rest has, which Keras's dtype policy says.

    Raises:
      trainer.settings.pretrained.PretrainedError: see build_pretrained.
    """
    return ARCHITECTURES[hyperparameters.architecture](hyperparameters, images)
