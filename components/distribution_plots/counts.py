"""Exact label counts of a split, straight from its records.

TFDV interpolates histograms between quantiles. That suits drift, but not a plot with a bar for
each label.
"""

from collections import Counter

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from trainer import features
from trainer.input_fn import raw_label_spec

LabelCounts = dict[str, Counter[int]]


def count_labels(examples: standard_artifacts.Examples, split: str) -> LabelCounts:
    """Returns the number of examples of each known label of a split, by label key."""
    pattern = artifact_utils.get_split_uri([examples], split) + "/*"
    spec = raw_label_spec()
    dataset = (
        tf.data.TFRecordDataset(tf.io.gfile.glob(pattern), compression_type="GZIP")
        .batch(1024)
        .map(lambda records: tf.io.parse_example(records, spec))
    )
    counts: LabelCounts = {key: Counter() for key in features.LABEL_KEYS}
    for batch in dataset.as_numpy_iterator():
        for key in counts:
            counts[key].update(batch[key][batch[key] != features.UNKNOWN_LABEL].tolist())
    return counts
