"""Exact label counts of a split, straight from its records.

TFDV's histograms are interpolated between quantiles, which is right for drift
and wrong for a bar a label.
"""

from collections import Counter

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from trainer import features

LabelCounts = dict[str, Counter[int]]


def count_labels(examples: standard_artifacts.Examples, split: str) -> LabelCounts:
    """Returns, by label key, how many examples of a split carry each value."""
    pattern = artifact_utils.get_split_uri([examples], split) + "/*"
    spec = {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
    dataset = (
        tf.data.TFRecordDataset(tf.io.gfile.glob(pattern), compression_type="GZIP")
        .batch(1024)
        .map(lambda records: tf.io.parse_example(records, spec))
    )
    counts: LabelCounts = {key: Counter() for key in features.LABEL_KEYS}
    for batch in dataset.as_numpy_iterator():
        for key, values in batch.items():
            counts[key].update(values.tolist())
    return counts
