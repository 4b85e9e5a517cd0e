"""How the replicas of a training divide batches."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from trainer.runtime.replicas import Replicas, even_batches


def parts(size: int, total: int, local: int = 1, *, weighted: bool = True) -> list[tuple]:
    """Returns the parts of all replicas, in their order, of a batch of the numbers below `size`."""
    batches = tf.data.Dataset.from_tensors((tf.range(size), {"twice": 2 * tf.range(size)}))
    found = []
    for first in range(0, total, local):
        replicas = Replicas(total, first, local)
        elements = list(replicas.divide(batches, weighted=weighted).as_numpy_iterator())
        assert len(elements) == local
        found += elements
    return found


@pytest.mark.parametrize(("size", "total", "local"), [(8, 2, 1), (7, 2, 2), (11, 4, 2), (4, 4, 1)])
def test_the_parts_are_the_batch_in_order_and_of_nearly_equal_size(size, total, local) -> None:
    found = parts(size, total, local)
    assert np.concatenate([part[0] for part in found]).tolist() == list(range(size))
    sizes = [len(part[0]) for part in found]
    assert max(sizes) - min(sizes) <= 1
    for numbers, others, weights in found:
        np.testing.assert_array_equal(others["twice"], 2 * numbers)
        assert weights.shape == numbers.shape and weights.dtype == np.float32


@pytest.mark.parametrize(("size", "total"), [(8, 2), (7, 2), (11, 4), (3, 2), (1, 2), (1, 4)])
def test_the_mean_of_the_weighted_means_is_the_mean_of_the_batch(size, total) -> None:
    means = [np.mean(numbers * weights) for numbers, _, weights in parts(size, total)]
    assert np.mean(means) == pytest.approx(np.mean(range(size)))


def test_even_parts_have_weights_of_one_and_none_if_not_asked_for() -> None:
    assert all((weights == 1).all() for _, _, weights in parts(8, 4))
    assert [len(part) for part in parts(8, 4, weighted=False)] == [2] * 4


@pytest.mark.parametrize("batch_size", [8, 9, 64])
@pytest.mark.parametrize("examples", [4, 8, 9, 17, 65, 130])
def test_even_batches_have_examples_for_every_replica(examples, batch_size) -> None:
    batches = [batch.tolist() for batch in even_batches(examples, batch_size).as_numpy_iterator()]
    assert [*itertools.chain(*batches)] == list(range(examples))
    assert len(batches) == -(-examples // batch_size)
    sizes = [len(batch) for batch in batches]
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 4


def test_too_few_examples_for_the_replicas_are_refused() -> None:
    Replicas(4).check(batch_size=8, examples=4)
    Replicas().check(batch_size=1, examples=0)
    with pytest.raises(ValueError, match=r"batch_size of at least 8.*of 4 devices.*Received: 7"):
        Replicas(4).check(batch_size=7, examples=100)
    with pytest.raises(ValueError, match=r"at least 4 examples in the eval split.*Received: 3"):
        Replicas(4).check(batch_size=8, examples=3)
