"""Counts the groups of the train split, and weights or oversamples their examples."""

from collections.abc import Callable, Mapping

import tensorflow as tf

from trainer.data.balance import GROUPS, Balance
from trainer.groups import INTERSECTION, Attribute

_TASKS = tuple(dict.fromkeys(attribute.task for attribute in INTERSECTION))
_LABELS = {task.label_key: tf.io.FixedLenFeature([], tf.int64) for task in _TASKS}
# 18 MB: 28 kB per record, and ten copies of each at the default bound.
_BATCH_SIZE = 64


def count_groups(records: tf.data.Dataset) -> tuple[int, ...]:
    """Counts the examples of each of GROUPS.

    Args:
      records: transformed examples, string [], each once.
    """

    def add(counts: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
        groups = groups_of_records(batch)
        return counts + tf.reduce_sum(tf.one_hot(groups, len(GROUPS), dtype=tf.int64), 0)

    counts = records.batch(_BATCH_SIZE).reduce(tf.zeros(len(GROUPS), tf.int64), add)
    return tuple(int(count) for count in counts)


def example_weights(labels: Mapping[str, tf.Tensor], balance: Balance) -> tf.Tensor:
    """Returns the weights of a batch of examples in the losses: float32 [batch].

    Args:
      labels: numbers [batch, 1] by `Task.output_key`.
      balance: has the weight of each group.
    """
    codes = {task.label_key: tf.cast(labels[task.output_key][:, 0], tf.int64) for task in _TASKS}
    return tf.gather(tf.constant(balance.weights, tf.float32), groups_of_labels(codes))


def groups_of_records(records: tf.Tensor) -> tf.Tensor:
    """Returns the indices in GROUPS of serialized examples: int64, of the same shape."""
    return groups_of_labels(tf.io.parse_example(records, _LABELS))


def oversample(
    records: tf.data.Dataset,
    balance: Balance,
    seed: int | None,
    groups_of: Callable[[tf.Tensor], tf.Tensor] = groups_of_records,
) -> tf.data.Dataset:
    """Repeats and omits records in proportion to the weights of their groups.

    This is systematic resampling. The examples lie group by group on a line, each as long as its
    weight, and a comb with teeth at distance 1 draws the examples that its teeth hit. An example
    of weight 2.3 is drawn two or three times, and an example of weight 0.4 at most once. The
    total of a group is exact to one example. Each pass shifts the comb at random.

    Args:
      records: examples, or their positions, each once.
      balance: has the weights and counts of the groups.
      seed: seed of the shifts; None for a random seed.
      groups_of: returns the indices in GROUPS of a batch of records; the default is for
        serialized transformed examples.

    Returns:
      As many records per pass as there are examples. Copies are adjacent; shuffle them.
    """
    weights = tf.constant(balance.weights, tf.float64)
    starts = tf.cumsum(weights * tf.constant(balance.counts, tf.float64), exclusive=True)

    def draw(offsets: tf.Tensor, batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws from a batch. `offsets` is where each group continues past its last tooth."""
        groups = groups_of(batch)
        ends = offsets + tf.cumsum(tf.one_hot(groups, len(GROUPS), dtype=tf.float64) * weights)
        teeth = tf.floor(ends)
        copies = tf.reduce_sum(teeth - tf.pad(teeth[:-1], [[1, 0], [0, 0]]), axis=1)
        drawn = tf.repeat(tf.range(tf.size(copies)), tf.cast(copies, tf.int32))
        return ends[-1] - teeth[-1], tf.gather(batch, drawn)

    def draw_all(number: tf.Tensor) -> tf.data.Dataset:
        shift = tf.random.stateless_uniform([], [0, number], dtype=tf.float64)
        return records.batch(_BATCH_SIZE).scan((starts + shift) % 1.0, draw).unbatch()

    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    return numbers.take(1).flat_map(draw_all)


def groups_of_labels(labels: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Returns the indices in GROUPS, int64 [n], of labels, int64 [n] by `Task.label_key`."""
    groups = tf.constant(0, tf.int64)
    for attribute in INTERSECTION:
        code = _code_of(attribute, labels[attribute.task.label_key])
        groups = groups * len(attribute.values) + code
    return groups


def _code_of(attribute: Attribute, labels: tf.Tensor) -> tf.Tensor:
    """Returns Attribute.code_of for a batch of labels."""
    if not attribute.upper_bounds:
        return labels
    bounds = tf.constant(attribute.upper_bounds, tf.int64)
    return tf.searchsorted(bounds, labels, out_type=tf.int64)
