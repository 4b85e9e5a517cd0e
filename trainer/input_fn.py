"""From transformed records to batches of images and labels."""

from collections.abc import Mapping, Sequence

import tensorflow as tf
import tensorflow_transform as tft

from trainer import features, rebalancing
from trainer.balance import Balance
from trainer.preprocessing import normalised_images

# Larger than most train splits, at 28 kB a record at most 280 MB.
_SHUFFLE_BUFFER = 10_000


def read_records(patterns: Sequence[str]) -> tf.data.Dataset:
    """Reads one pass over gzipped TFRecord files: string [], in the order of the files."""
    paths = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern))
    return tf.data.TFRecordDataset(paths, compression_type="GZIP")


def input_fn(
    patterns: Sequence[str],
    transform_output: tft.TFTransformOutput,
    *,
    batch_size: int,
    shuffle_seed: int | None = None,
    balance: Balance | None = None,
) -> tf.data.Dataset:
    """Reads one pass over transformed examples.

    Args:
      patterns: globs of gzipped TFRecord files.
      transform_output: tells how to parse them.
      batch_size: examples a batch; the last one may be smaller.
      shuffle_seed: shuffles if given, in a new order each pass.
      balance: rebalances the groups if given. What it draws depends on shuffle_seed.

    Returns:
      Batches of (images, labels): float32 [batch, 96, 96, 3], and a dict with
      `age_output` float32 [batch, 1], years; `gender_output` float32 [batch, 1];
      `race_output` int64 [batch, 1]. A balance by weights adds them: float32 [batch].
    """
    spec = transform_output.transformed_feature_spec()
    dataset = read_records(patterns)
    if balance is not None and balance.method == "oversample":
        dataset = rebalancing.oversample(dataset, balance, shuffle_seed)
    if shuffle_seed is not None:
        dataset = dataset.shuffle(_SHUFFLE_BUFFER, seed=shuffle_seed)
    dataset = dataset.batch(batch_size).map(
        lambda records: _split(tf.io.parse_example(records, spec)), tf.data.AUTOTUNE
    )
    if balance is not None and balance.method == "weights":
        dataset = dataset.map(
            lambda images, labels: (images, labels, rebalancing.weigh(labels, balance))
        )
    return dataset.prefetch(tf.data.AUTOTUNE)


def _split(batch: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    labels = {name: batch[key][:, tf.newaxis] for name, key in features.OUTPUT_LABELS.items()}
    for name in (features.AGE_OUTPUT, features.GENDER_OUTPUT):
        labels[name] = tf.cast(labels[name], tf.float32)
    return normalised_images(batch), labels
