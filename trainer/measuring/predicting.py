"""Predictions of a SavedModel for raw examples, through its serving signature."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from trainer.input_fn import raw_label_spec, read_records
from trainer.predictions import Predictions
from trainer.signatures import SERVING_DEFAULT

_BATCH_SIZE = 64
_LABELS = raw_label_spec()


def predict_examples(model: str, patterns: Sequence[str]) -> Predictions:
    """Predicts every example.

    Args:
      model: folder of a SavedModel with trainer.signatures.
      patterns: globs of raw examples, as UtkFaceExampleGen writes them.

    Returns:
      The predictions in the order of the files.

    Raises:
      ValueError: if there are no examples.
    """
    signature = tf.saved_model.load(model).signatures[SERVING_DEFAULT]
    labels: dict[str, list[np.ndarray]] = {}
    outputs: dict[str, list[np.ndarray]] = {}
    for batch in read_records(patterns).batch(_BATCH_SIZE):
        for columns, values in (
            (labels, tf.io.parse_example(batch, _LABELS)),
            (outputs, signature(batch)),
        ):
            for key, value in values.items():
                columns.setdefault(key, []).append(value.numpy())
    if not labels:
        raise ValueError(f"Expected examples to measure on. Received: none at {patterns}.")
    return Predictions(_concatenate(labels), _concatenate(outputs))


def _concatenate(columns: Mapping[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    return {key: np.concatenate(parts) for key, parts in columns.items()}
