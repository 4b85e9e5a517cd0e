"""LiteRT's format, formerly TensorFlow Lite's."""

import tempfile
from typing import Any

from pipeline.tools.exporting.pixels_model import SIGNATURE, Predict


def convert(function: Any) -> bytes:
    """Converts a function to a model that uses only LiteRT's own operations, with one signature.

    Args:
      function: a tf.function of PixelsModel.
    """
    import tensorflow as tf

    # The outputs keep their names only if the conversion starts from a SavedModel.
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures={SIGNATURE: function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        return converter.convert()


def load(content: bytes) -> Predict:
    """Returns a function that runs a LiteRT model."""
    import tensorflow as tf

    runner = tf.lite.Interpreter(model_content=content).get_signature_runner(SIGNATURE)
    return lambda pixels: runner(pixels=pixels)
