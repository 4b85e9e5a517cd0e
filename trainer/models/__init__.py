"""The architectures, by name."""

from collections.abc import Callable

import keras

from trainer.image_format import ImageFormat
from trainer.models.pretrained import build_pretrained
from trainer.models.residual import build_compact, build_shared
from trainer.models.seed import build_seed
from trainer.settings.hyperparameters import Hyperparameters

ARCHITECTURES: dict[str, Callable[[Hyperparameters, ImageFormat], keras.Model]] = {
    "compact": build_compact,
    "pretrained": build_pretrained,
    "seed": build_seed,
    "shared": build_shared,
}


def build(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds a model with one head per task; see trainer.tasks.

    Args:
      hyperparameters: name the architecture, one of ARCHITECTURES, and the losses.
      images: format of the input images.

    Returns:
      A model from normalized images, float32 [batch, height, width, 3], to a dict of outputs by
      `Task.output_key`. The output of a regression is [batch, 1] in the unit of the task, or
      logits [batch, n] if its loss uses a distribution. The output of a binary task is [batch, 1],
      the probability of the second class. The output of a multiclass task is [batch, n], one
      probability per class. Outputs are float32; Keras's dtype policy sets the precision of the
      other layers.

    Raises:
      trainer.settings.pretrained.PretrainedError: see build_pretrained.
    """
    return ARCHITECTURES[hyperparameters.architecture](hyperparameters, images)
