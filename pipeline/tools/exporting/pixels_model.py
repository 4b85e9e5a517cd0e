"""The part of a SavedModel that is exported: from pixels to predictions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.errors import InputError
from pipeline.compat.tensorflow_internals import freeze

# trainer.signatures.SERVING_PIXELS, whose module takes seconds to import.
SIGNATURE = "serving_pixels"

# Maps pixels, uint8 [batch, height, width, 3], to the outputs by name.
Predict = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class PixelsModel:
    """A SavedModel's signature for pixels.

    Attributes:
      predict: runs the SavedModel on the CPU.
      function: the same as a tf.function of `pixels` with constant weights. TFLite's converter
        does not support Keras 3's variables.
      shape: height, width and channels of an input image.
    """

    predict: Predict
    function: Any
    shape: tuple[int, int, int]


def load_pixels_model(folder: str) -> PixelsModel:
    """Loads a SavedModel that trainer.signatures made.

    Args:
      folder: a local folder.

    Raises:
      InputError: if the model cannot be loaded, or has no signature for pixels.
    """
    import tensorflow as tf

    # A GPU may compute with less precision than the machines that run the file.
    with tf.device("/cpu:0"):
        try:
            loaded = tf.saved_model.load(folder)
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise InputError(f"expected a complete SavedModel; loading failed: {error}") from None
        if SIGNATURE not in loaded.signatures:
            raise InputError(
                f"expected a model with the signature {SIGNATURE!r}; found "
                f"{sorted(loaded.signatures)}. An older release or another program trained it: "
                "train again, with `utkface run`."
            )
        signature = loaded.signatures[SIGNATURE]
        constant = freeze(signature)

    # The flat list is in the order of the sorted names.
    names = sorted(signature.structured_outputs)
    (specification,) = signature.structured_input_signature[1].values()

    @tf.function(input_signature=[specification])
    def function(pixels: Any) -> dict[str, Any]:
        return dict(zip(names, constant(pixels), strict=True))

    def predict(pixels: np.ndarray) -> dict[str, np.ndarray]:
        # A signature does not keep the loaded model alive.
        with tf.device("/cpu:0"):
            outputs = loaded.signatures[SIGNATURE](pixels=tf.constant(pixels))
        return {name: value.numpy() for name, value in outputs.items()}

    height, width, channels = specification.shape[1:]
    return PixelsModel(predict, function, (height, width, channels))
