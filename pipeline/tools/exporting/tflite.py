"""LiteRT's format, which was TensorFlow Lite's."""

import tempfile
from typing import Any

from pipeline.tools.exporting.pixels_model import SIGNATURE, Answers


def convert(function: Any) -> bytes:
    """Returns a model of LiteRT's own operations, with one signature, SIGNATURE.

    Args:
      function: a tf.function of PixelsModel.
    """
    import tensorflow as tf

    # Only by way of a SavedModel do the outputs keep their names.
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures={SIGNATURE: function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        return converter.convert()


def load(content: bytes) -> Answers:
    """Returns what a model of this format answers with."""
    import tensorflow as tf

    runner = tf.lite.Interpreter(model_content=content).get_signature_runner(SIGNATURE)
    return lambda pixels: runner(pixels=pixels)
