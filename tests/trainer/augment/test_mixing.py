"""Mixing pairs of images, and the losses and metrics on mixed labels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.augment.mixing import MixedLoss, OwnLabelMetric, mix
from trainer.data.balance import Balance
from trainer.input_fn import input_fn
from trainer.losses.age_losses import AGE_LOSSES, AgeDistributionLoss
from trainer.losses.label_smoothing import SmoothedCategoricalCrossentropy

METHODS = ("mixup", "cutmix")
NUMBER, SIDE = 400, 12
SEED = tf.constant([5, 8], tf.int64)


def _mixed(method: str, alpha: float, weights: tf.Tensor | None = None, seed: tf.Tensor = SEED):
    """Mixes images whose pixels all have the image's number as their value."""
    numbers = tf.range(NUMBER)
    images = tf.ones([NUMBER, SIDE, SIDE, 3]) * tf.reshape(
        tf.cast(numbers, tf.float32), (-1, 1, 1, 1)
    )
    labels = {
        "age": tf.cast(numbers, tf.float32)[:, tf.newaxis],
        "race": numbers[:, tf.newaxis] % 5,
    }
    return mix(method, alpha, images, labels, weights, seed)


@pytest.mark.parametrize("method", METHODS)
def test_mixed_labels_have_both_labels_and_the_own_share(method: str) -> None:
    _, labels = _mixed(method, 1.0)
    numbers = np.arange(NUMBER)
    for name, expected in (("age", numbers), ("race", numbers % 5)):
        assert labels[name].dtype == tf.float32
        own, other, share = labels[name].numpy().T
        np.testing.assert_array_equal(own, expected)
        np.testing.assert_array_equal(other, np.roll(expected, 1))
        assert share.min() >= 0
        assert share.max() <= 1
    np.testing.assert_array_equal(labels["age"][:, 2], labels["race"][:, 2])


def test_mixup_blends_two_images_by_their_shares() -> None:
    images, labels = _mixed("mixup", 0.4)
    own, other, share = labels["age"].numpy().T
    blended = share * own + (1 - share) * other
    np.testing.assert_allclose(
        images, np.broadcast_to(blended[:, None, None, None], images.shape), rtol=1e-4
    )
    assert share.min() >= 0.5


def test_cutmix_pastes_a_rectangle_of_the_other_images_share() -> None:
    images, labels = _mixed("cutmix", 1.0)
    own, other, share = labels["age"].numpy().T
    is_other = images.numpy()[..., 0] == other[:, None, None]
    assert np.all(is_other | (images.numpy()[..., 0] == own[:, None, None]))
    np.testing.assert_allclose(share, 1 - is_other.mean(axis=(1, 2)), atol=1e-6)
    rows, columns = is_other.any(axis=2), is_other.any(axis=1)
    np.testing.assert_array_equal(is_other, rows[:, :, None] & columns[:, None, :])
    # The rectangle is contiguous: it starts at most once.
    assert np.all(np.sum(np.diff(rows.astype(int), prepend=0) == 1, axis=1) <= 1)
    assert is_other.any(axis=(1, 2)).mean() > 0.9


@pytest.mark.parametrize(
    ("alpha", "mean"), [(0.05, 0.97), (0.1, 0.94), (0.4, 0.84), (1.0, 0.75), (50.0, 0.54)]
)
def test_alpha_sets_how_evenly_images_are_mixed(alpha: float, mean: float) -> None:
    # The mean of max(x, 1 - x), x of Beta(alpha, alpha), is 1/2 + the mean of |x - 1/2|.
    share = _mixed("mixup", alpha)[1]["age"].numpy()[:, 2]
    assert np.isfinite(share).all()
    assert share.mean() == pytest.approx(mean, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_mixing_depends_only_on_the_seed(method: str) -> None:
    first, again, other = (
        _mixed(method, 1.0, seed=tf.constant(seed, tf.int64))[1]["age"].numpy()
        for seed in ([1, 2], [1, 2], [1, 3])
    )
    np.testing.assert_array_equal(first, again)
    assert np.mean(first[:, 2] == other[:, 2]) < 0.1


@pytest.mark.parametrize("method", METHODS)
def test_each_mixed_image_keeps_its_own_weight(method: str) -> None:
    weights = np.linspace(0.5, 4.0, NUMBER).astype(np.float32)
    own_share = _mixed(method, 1.0)[1]["age"].numpy()[:, 2]
    _, labels, mixed = _mixed(method, 1.0, tf.constant(weights))
    share = labels["age"].numpy()[:, 2]
    np.testing.assert_allclose(mixed * share, own_share * weights, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        mixed * (1 - share), (1 - own_share) * np.roll(weights, 1), rtol=1e-4, atol=1e-5
    )


def _losses() -> dict[str, tuple[keras.losses.Loss, int]]:
    """Returns the losses by name, each with the width of the output that it expects."""
    ages = {name: (AgeDistributionLoss(name), 117) for name in AGE_LOSSES}
    return ages | {
        "mse": (keras.losses.MeanSquaredError(), 1),
        "gender": (keras.losses.BinaryCrossentropy(label_smoothing=0.1), 1),
        "race": (SmoothedCategoricalCrossentropy(0.1), 5),
    }


@pytest.mark.parametrize("name", _losses())
def test_the_mixed_loss_weights_both_labels_by_their_shares(name: str) -> None:
    loss, width = _losses()[name]
    answers = tf.nn.softmax(np.random.default_rng(0).normal(size=(4, width)), axis=1)
    answers = tf.cast(0.3 + 0 * answers if width == 1 else answers, tf.float32)
    own, other = np.float32([[0], [1], [1], [0]]), np.float32([[1], [0], [1], [1]])
    share, weights = np.float32([[0.5], [0.7], [0.9], [1.0]]), np.float32([1, 2, 3, 4])
    mixed = MixedLoss(loss)
    got = float(mixed(np.hstack([own, other, share]), answers, weights))
    apart = float(loss(own, answers, weights * share[:, 0])) + float(
        loss(other, answers, weights * (1 - share[:, 0]))
    )
    assert got == pytest.approx(apart, rel=1e-5)
    # The eval split is not mixed.
    assert float(mixed(own, answers)) == pytest.approx(float(loss(own, answers)), rel=1e-6)
    assert mixed.name == loss.name


def test_metrics_use_only_the_own_label() -> None:
    metric = OwnLabelMetric(keras.metrics.BinaryAccuracy(name="accuracy"))
    metric.update_state(
        np.float32([[1, 0, 0.6], [1, 1, 0.5], [0, 1, 0.9]]), np.float32([[0.9]] * 3)
    )
    assert float(metric.result()) == pytest.approx(2 / 3)
    metric.update_state(np.float32([[1]]), np.float32([[0.9]]))
    assert float(metric.result()) == pytest.approx(3 / 4)
    metric.reset_state()
    assert float(metric.result()) == 0
    assert metric.name == "accuracy"


def test_mixed_loss_and_metric_survive_serialization() -> None:
    loss = MixedLoss(AgeDistributionLoss("label_distribution", 3.0))
    metric = OwnLabelMetric(keras.metrics.SparseCategoricalAccuracy(name="accuracy"))
    for written in (loss, metric):
        read = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(written))
        assert read.get_config() == written.get_config()


ROWS = [(age, age % 2, age % 5) for age in range(1, 36)]


@pytest.fixture
def read(write_transformed, transform_output):
    pattern = write_transformed("train", ROWS)

    def make(**arguments: object) -> list:
        dataset = input_fn([pattern], transform_output, batch_size=16, **arguments)
        return list(dataset.as_numpy_iterator())

    return make


@pytest.mark.parametrize("method", METHODS)
def test_a_pass_mixes_each_image_with_another_of_its_batch(read, method: str) -> None:
    batches = read(shuffle_seed=4, mixing=method)
    ages = np.concatenate([labels["age_output"][:, 0] for _, labels in batches])
    assert sorted(ages) == [age for age, _, _ in ROWS]
    for images, labels in batches:
        own, other, share = labels["age_output"].T
        np.testing.assert_array_equal(other, np.roll(own, 1))
        # The normalized pixels of an image are its age.
        np.testing.assert_allclose(
            images.mean(axis=(1, 2, 3)), share * own + (1 - share) * other, rtol=1e-4
        )
        np.testing.assert_array_equal(labels["gender_output"][:, 0], own % 2)
        np.testing.assert_array_equal(labels["race_output"][:, 1], other % 5)


def test_the_mixing_of_a_pass_depends_on_its_seed(read) -> None:
    first, again, other = (
        np.concatenate(
            [labels["age_output"][:, 2] for _, labels in read(shuffle_seed=seed, mixing="mixup")]
        )
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


def test_the_only_image_of_a_batch_is_unchanged(write_transformed, transform_output) -> None:
    pattern = write_transformed("one", [(30, 1, 2)])
    ((images, labels),) = input_fn([pattern], transform_output, batch_size=16, mixing="mixup")
    np.testing.assert_allclose(images, 30, rtol=1e-6)
    np.testing.assert_array_equal(labels["age_output"][0, :2], [30, 30])


def test_mixing_works_with_rebalancing_by_weights(read) -> None:
    balance = Balance("weights", 10.0, (7,) * 5 + (0,) * 5)
    for _, labels, weights in read(shuffle_seed=1, mixing="cutmix", balance=balance):
        assert labels["age_output"].shape == (len(weights), 3)
