"""Losses and metrics with unknown labels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.augment.mixing import MixedLoss, OwnLabelMetric
from trainer.features import UNKNOWN_LABEL
from trainer.losses.age_losses import AGE_LOSSES, AgeDistributionLoss
from trainer.losses.masking import MaskedLoss, MaskedMetric

UNKNOWN = float(UNKNOWN_LABEL)
LOGITS = np.random.default_rng(0).normal(size=(4, 117)).astype(np.float32)
AGES = np.array([[3.0], [UNKNOWN], [90.0], [UNKNOWN]], np.float32)


@pytest.mark.parametrize("name", AGE_LOSSES)
def test_an_example_with_an_unknown_label_counts_with_zero_loss(name):
    loss = AgeDistributionLoss(name)
    known = loss(AGES[::2], LOGITS[::2])
    assert float(MaskedLoss(loss)(AGES, LOGITS)) == pytest.approx(float(known) / 2, rel=1e-6)


@pytest.mark.parametrize("name", AGE_LOSSES)
@pytest.mark.parametrize("minimum", [0, 10])
def test_a_batch_without_known_labels_has_zero_loss_and_gradient(name, minimum):
    loss = MaskedLoss(AgeDistributionLoss(name, minimum=minimum), stand_in=minimum)
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(np.full((4, 1), UNKNOWN, np.float32), logits)
    assert float(value) == 0.0
    np.testing.assert_array_equal(tape.gradient(value, logits), np.zeros_like(LOGITS))


def test_with_only_known_labels_the_loss_is_bit_identical():
    ages = np.abs(AGES) * 7
    for loss in (keras.losses.MeanSquaredError(), AgeDistributionLoss("label_distribution")):
        logits = LOGITS[:, :1] if loss.name == "mean_squared_error" else LOGITS
        assert float(MaskedLoss(loss)(ages, logits)) == float(loss(ages, logits))


def test_metrics_use_only_known_labels():
    metric = MaskedMetric(keras.metrics.MeanAbsoluteError(name="mae"))
    metric.update_state(AGES, np.array([[5.0], [50.0], [80.0], [60.0]]))
    assert metric.name == "mae"
    assert float(metric.result()) == 6.0
    metric.reset_state()
    assert np.isnan(float(metric.result()))
    metric.update_state(AGES[1:2], np.array([[50.0]]))
    assert np.isnan(float(metric.result()))


def test_example_weights_apply_to_masked_losses_and_metrics():
    metric = MaskedMetric(keras.metrics.MeanAbsoluteError())
    answers = np.array([[5.0], [50.0], [80.0], [60.0]])
    metric.update_state(AGES, answers, np.array([3.0, 9.0, 1.0, 9.0]))
    assert float(metric.result()) == (3 * 2 + 10) / 4
    loss = MaskedLoss(keras.losses.MeanSquaredError())
    found = float(loss(AGES, answers, np.array([3.0, 9.0, 1.0, 9.0])))
    assert found == pytest.approx((3 * 4 + 100) / 4)


def test_a_mixed_image_uses_its_known_label():
    loss = MixedLoss(MaskedLoss(keras.losses.MeanSquaredError()))
    mixed = [[20.0, UNKNOWN, 0.75], [UNKNOWN, 20.0, 0.75], [UNKNOWN, UNKNOWN, 0.5]]
    labels = np.array(mixed, np.float32)
    answers = np.full((3, 1), 22.0, np.float32)
    np.testing.assert_allclose(loss.call(labels, tf.constant(answers)), [3.0, 1.0, 0.0])
    metric = OwnLabelMetric(MaskedMetric(keras.metrics.MeanAbsoluteError()))
    metric.update_state(tf.constant(labels), tf.constant(answers))
    assert float(metric.result()) == 2.0


def test_masked_loss_and_metric_survive_serialization():
    loss = MaskedLoss(AgeDistributionLoss("variance", minimum=10), stand_in=10)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert (again.stand_in, again.name) == (10, "variance")
    assert float(again(AGES + 20, LOGITS)) == float(loss(AGES + 20, LOGITS))
    metric = MaskedMetric(keras.metrics.MeanAbsoluteError(name="mae"))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    again.update_state(AGES, np.array([[5.0], [50.0], [80.0], [60.0]]))
    assert (again.name, float(again.result())) == ("mae", 6.0)
