"""Reads the predictions of a model for the test split, and checks them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.errors import InputError
from components.split_counts import check_recorded
from trainer import features
from trainer.input_fn import raw_label_spec, read_records
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Kind

SPLIT = "test"
_BATCH_SIZE = 256
_PROBABILITY_SLACK = 1e-3
# Features that identify an example. Names alone may repeat across folders.
_IDENTITY = {
    features.FILE_NAME_KEY: tf.io.FixedLenFeature([], tf.string),
    features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string),
}
_LABELS = raw_label_spec()
_OUTPUTS = {task.output_key: tf.io.VarLenFeature(tf.float32) for task in TASKS}


def read_predictions(
    predicted: standard_artifacts.Examples, examples: standard_artifacts.Examples, *, model: str
) -> Predictions:
    """Reads the output of BulkInferrer, in the order of its input.

    Args:
      predicted: examples with the outputs of a model as additional features, in any order.
      examples: the input of BulkInferrer. Its order gives two models the same resamples.
      model: name of the model, for messages.

    Raises:
      InputError: if examples lack predictions, or an output is missing, has the wrong width, or is
        NaN, infinite or not a probability.
      RuntimeError: if there are more or fewer examples or predictions than the ingest recorded.
    """
    rows: dict[bytes, list[int]] = defaultdict(list)
    columns: dict[str, list[np.ndarray]] = defaultdict(list)
    count = 0
    for batch in _batches(predicted):
        parsed = tf.io.parse_example(batch, {**_IDENTITY, **_LABELS, **_OUTPUTS})
        for key in _LABELS:
            columns[key].append(parsed[key].numpy())
        for task in TASKS:
            columns[task.output_key].append(
                _dense(parsed[task.output_key], task.output_key, task.served_units, model)
            )
        for identity in _identities(parsed):
            rows[identity].append(count)
            count += 1
    check_recorded(examples, SPLIT, count, "predictions")
    order = []
    for batch in _batches(examples):
        for identity in _identities(tf.io.parse_example(batch, _IDENTITY)):
            if not rows[identity]:
                raise InputError(
                    f"{model}: expected predictions for every example of the {SPLIT} split; "
                    f"{predicted.uri} lacks some. Run the pipeline again."
                )
            order.append(rows[identity].pop(0))
    check_recorded(examples, SPLIT, len(order), "examples")
    if not order:
        raise InputError(f"{examples.uri}: expected examples in the {SPLIT} split; found none.")
    joined = {key: np.concatenate(parts)[order] for key, parts in columns.items()}
    return check_predictions(
        Predictions({key: joined[key] for key in _LABELS}, {key: joined[key] for key in _OUTPUTS}),
        model=model,
    )


def check_predictions(predictions: Predictions, *, model: str) -> Predictions:
    """Returns the predictions if they are valid; see read_predictions."""
    for task in TASKS:
        output = predictions.outputs[task.output_key]
        bad = int((~np.isfinite(output)).any(axis=1).sum())
        if bad:
            raise InputError(
                f"{model}: expected finite numbers for {task.output_key}; found NaN or infinite "
                f"values in {bad:,} of {len(output):,} examples. Do not serve this model: look at "
                "its training curves."
            )
        if task.kind is not Kind.REGRESSION and len(output):
            _check_probabilities(output.astype(np.float64), task.output_key, model)
    return predictions


def _batches(examples: standard_artifacts.Examples) -> Iterator[tf.Tensor]:
    pattern = f"{artifact_utils.get_split_uri([examples], SPLIT)}/*"
    yield from read_records([pattern]).batch(_BATCH_SIZE)


def _identities(parsed: dict[str, tf.Tensor]) -> Sequence[bytes]:
    return [
        hashlib.sha256(b"%d %b%b" % (len(name), name, image)).digest()
        for name, image in zip(*(parsed[key].numpy() for key in _IDENTITY), strict=True)
    ]


def _dense(output: tf.SparseTensor, name: str, units: int, model: str) -> np.ndarray:
    """Returns an output as float32 [n, units]."""
    widths = np.bincount(output.indices.numpy()[:, 0], minlength=output.dense_shape.numpy()[0])
    if (widths != units).any():
        found = ", ".join(map(str, sorted(set(widths.tolist()))))
        raise InputError(
            f"{model}: expected {units} values of {name} for each example; found {found}. Train "
            "the model again with this release."
        )
    return output.values.numpy().reshape(-1, units)


def _check_probabilities(output: np.ndarray, name: str, model: str) -> None:
    low, high = float(output.min()), float(output.max())
    sums = output.sum(axis=1)
    off = output.shape[1] > 1 and bool((np.abs(sums - 1) > _PROBABILITY_SLACK).any())
    if low < 0 or high > 1 or off:
        raise InputError(
            f"{model}: expected {name} to be probabilities; found values from {low:.4g} to "
            f"{high:.4g}, with sums from {sums.min():.4g} to {sums.max():.4g}."
        )
