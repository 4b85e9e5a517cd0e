"""The part of a SavedModel that a file can hold: from pixels to answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.errors import InputError
from pipeline.compat.tensorflow_internals import freeze

# trainer.signatures.SERVING_PIXELS, whose module takes seconds to load.
SIGNATURE = "serving_pixels"

# From pixels, uint8 [batch, height, width, 3], to the outputs by name.
Answers = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class PixelsModel:
    """A SavedModel's signature on pixels.

    Attributes:
      answers: what the SavedModel says, on the CPU.
      function: the same as a tf.function of `pixels`, whose weights are constants. The
        converters know what to do with it, and with Keras 3's variables TFLite's does not.
      shape: height, width and channels of a picture.
    """

    answers: Answers
    function: Any
    shape: tuple[int, int, int]


def load_pixels_model(folder: str) -> PixelsModel:
    """Loads a SavedModel that trainer.signatures made.

    Args:
      folder: on this machine.

    Raises:
      InputError: if it cannot be loaded, or has no signature on pixels.
    """
    import tensorflow as tf

    # A GPU may compute with fewer bits than the file will be used with.
    with tf.device("/cpu:0"):
        try:
            loaded = tf.saved_model.load(folder)
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise InputError(f"expected a whole SavedModel; loading it ended in: {error}") from None
        if SIGNATURE not in loaded.signatures:
            raise InputError(
                f"expected a model with the signature {SIGNATURE!r}; found "
                f"{sorted(loaded.signatures)}. It was trained before there was one, or elsewhere: "
                "train again, with `utkface run`."
            )
        signature = loaded.signatures[SIGNATURE]
        constant = freeze(signature)

    # A flat list is in the order of the sorted names.
    names = sorted(signature.structured_outputs)
    (specification,) = signature.structured_input_signature[1].values()

    @tf.function(input_signature=[specification])
    def function(pixels: Any) -> dict[str, Any]:
        return dict(zip(names, constant(pixels), strict=True))

    def answers(pixels: np.ndarray) -> dict[str, np.ndarray]:
        # A signature does not keep alive what it was loaded with.
        with tf.device("/cpu:0"):
            outputs = loaded.signatures[SIGNATURE](pixels=tf.constant(pixels))
        return {name: value.numpy() for name, value in outputs.items()}

    height, width, channels = specification.shape[1:]
    return PixelsModel(answers, function, (height, width, channels))
