"""How the devices of a training divide a batch.

A replica is a copy of the model on a device. TensorFlow would let every worker read and augment
whole batches, and drop the parts of the others; and the last batch of a pass, divided unevenly,
would weight examples unequally.
"""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainer.runtime.tf_config import count_workers, worker_number


@dataclass(frozen=True)
class Replicas:
    """The replicas of a training, of which this process has some.

    Attributes:
      total: the number of replicas, over all workers.
      first: the first replica of this process, counted from 0.
      local: the number of replicas of this process.
    """

    total: int = 1
    first: int = 0
    local: int = 1

    @classmethod
    def of(cls, strategy: tf.distribute.Strategy) -> "Replicas":
        """Returns the replicas of a strategy, all workers of which have equally many."""
        local = strategy.num_replicas_in_sync // count_workers()
        return cls(strategy.num_replicas_in_sync, worker_number() * local, local)

    def divide(self, batches: tf.data.Dataset, *, weighted: bool) -> tf.data.Dataset:
        """Returns the parts of this process, `local` successive elements for each batch.

        Parts are disjoint and differ by at most one example. If a batch has fewer examples than
        there are replicas, some get the same example.

        Args:
          batches: tuples of tensors [batch, ...].
          weighted: whether to add weights of the examples to each part, float32 [part]. With them,
            the mean over the replicas of their mean losses is the mean loss of the batch.
        """

        def divide_batch(*batch: Any) -> tf.data.Dataset:
            size = tf.shape(tf.nest.flatten(batch)[0])[0]

            def part(number: tf.Tensor) -> tuple[Any, ...]:
                start = number * size // self.total
                end = tf.maximum((number + 1) * size // self.total, start + 1)
                parts = tf.nest.map_structure(lambda tensor: tensor[start:end], batch)
                if not weighted:
                    return tuple(parts)
                weight = self.total * (end - start) / tf.maximum(size, self.total)
                return (*parts, tf.fill([end - start], tf.cast(weight, tf.float32)))

            last = self.first + self.local
            return tf.data.Dataset.range(self.first, last, output_type=tf.int32).map(part)

        return batches.flat_map(divide_batch)

    def check(self, *, batch_size: int, examples: int) -> None:
        """Checks that each replica gets examples.

        Args:
          batch_size: examples per batch, over all replicas.
          examples: number of examples in the eval split.

        Raises:
          ValueError: if a batch or the split is too small.
        """
        if self.total == 1:
            return
        if batch_size < 2 * self.total:
            raise ValueError(
                f"Expected trainer.batch_size of at least {2 * self.total}, two examples for each "
                f"of {self.total} devices. Received: {batch_size}."
            )
        if examples < self.total:
            raise ValueError(
                f"Expected at least {self.total} examples in the eval split, one for each device. "
                f"Received: {examples}. Use fewer workers, or more data."
            )


ONE = Replicas()


def even_batches(examples: int, batch_size: int) -> tf.data.Dataset:
    """Returns positions in batches of nearly equal size, at most `batch_size`: int64 [batch].

    With at least as many examples as replicas, and a batch_size of at least two for each, no batch
    has fewer examples than there are replicas.
    """
    count = -(-examples // batch_size)
    numbers = tf.data.Dataset.range(count)
    return numbers.map(
        lambda number: tf.range(number * examples // count, (number + 1) * examples // count)
    )


def distribute(
    strategy: tf.distribute.Strategy, batches: tf.data.Dataset
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """Hands each replica of this process an element per step.

    Args:
      strategy: the strategy of the training.
      batches: elements for the replicas of this process in turn, as Replicas.divide returns.
    """
    if strategy.num_replicas_in_sync == 1:
        return batches
    return strategy.distribute_datasets_from_function(lambda _: batches)


def endless(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Declares that a dataset never ends, so that workers need not agree on it at each step."""
    return batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))


def eval_batches(
    strategy: tf.distribute.Strategy, evaluation: tf.data.Dataset
) -> tuple[tf.data.Dataset | tf.distribute.DistributedDataset, int | None]:
    """Returns the batches of the eval split as Keras takes them, and the steps to measure them.

    Args:
      strategy: the strategy of the model.
      evaluation: the batches; with several replicas, an element for each replica of this process
        in turn.
    """
    if strategy.num_replicas_in_sync == 1:
        return evaluation, None
    steps = count_elements(evaluation) // Replicas.of(strategy).local
    return distribute(strategy, endless(evaluation.repeat())), steps


def count_elements(elements: tf.data.Dataset) -> int:
    """Counts the elements of a dataset; reads them if it does not know their number."""
    known = int(elements.cardinality())
    if known >= 0:
        return known
    return int(elements.reduce(tf.constant(0, tf.int64), lambda count, *_: count + 1))
