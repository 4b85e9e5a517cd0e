"""A minimal SavedModel that `utkface predict` can load."""

from pathlib import Path

import tensorflow as tf


class SmallModel(tf.Module):
    """Has two variables and the signature that `utkface predict` calls."""

    def __init__(self) -> None:
        super().__init__()
        self.small = tf.Variable([1.5, 2.5])
        self.large = tf.Variable(tf.zeros([500, 100]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def serve(self, image_bytes):
        ages = tf.fill([tf.size(image_bytes), 1], self.small[0] + self.large[0, 0] + 40.0)
        shares = tf.fill([tf.size(image_bytes), 5], 0.2)
        return {"age_output": ages, "gender_output": ages / 100, "race_output": shares}


def save_small_model(folder: Path) -> None:
    """Saves a model that predicts age 41.5 and `female` 0.415 for every image."""
    module = SmallModel()
    tf.saved_model.save(module, str(folder), signatures={"serving_bytes": module.serve})
