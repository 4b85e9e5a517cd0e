"""Exact label counts of a split, straight from its records.

TFDV interpolates histograms between quantiles. That suits drift, but not a plot with a bar for
each label.
"""

from collections import Counter

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from trainer import features
from trainer.input_fn import raw_label_spec, read_records

_BATCH_SIZE = 1024
LabelCounts = dict[str, Counter[int]]


def count_labels(examples: standard_artifacts.Examples, split: str) -> LabelCounts:
    """Returns the number of examples of each known label of a split, by label key."""
    spec = raw_label_spec()
    counts: LabelCounts = {key: Counter() for key in features.LABEL_KEYS}
    records = read_records([f"{artifact_utils.get_split_uri([examples], split)}/*"])
    for batch in records.batch(_BATCH_SIZE):
        for key, labels in tf.io.parse_example(batch, spec).items():
            if key in counts:
                counts[key].update(labels.numpy().tolist())
    for labels in counts.values():
        del labels[features.UNKNOWN_LABEL]
    return counts
