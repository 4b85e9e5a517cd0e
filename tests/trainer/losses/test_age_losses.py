"""The losses of age distributions, each compared with its formula in plain NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.losses.age_losses import (
    AGE_LOSSES,
    AgeDistributionLoss,
    label_probabilities,
    regression_loss,
)
from trainer.models.age_heads import regression_units
from trainer.tasks import AGE

AGES = np.arange(117)
SIGMA = 3.0


def _gaussian(age: float) -> np.ndarray:
    """Returns the label distribution around an age; far from the age it is 0."""
    weights = np.exp(-((AGES - age) ** 2) / (2 * SIGMA**2))
    return weights / weights.sum()


# Formulas of p, the probabilities of the ages, and y, the true age.
FORMULAS = {
    "expectation_mse": lambda p, y: (np.sum(AGES * p) - y) ** 2,
    "variance": lambda p, y: sum(p[j] * (j - p[j] * y) ** 2 for j in AGES),
    "mse_cross_entropy": lambda p, y: sum(
        p[j] * (np.log(j + 1) - p[j] * np.log(y + 1)) ** 2 for j in AGES
    ),
    "cross_entropy": lambda p, y: -np.log(p[y]),
    "label_distribution": lambda p, y: sum(
        q * np.log(q / p[j]) for j, q in enumerate(_gaussian(y)) if q > 0
    ),
}


def _distributions() -> list[np.ndarray]:
    uniform = np.full(117, 1 / 117)
    ends = np.full(117, 1e-4)
    ends[[0, 116]] = (1 - ends[1:-1].sum()) / 2
    random = np.random.default_rng(0).dirichlet(np.ones(117))
    return [uniform, ends, random, 0.9 * _gaussian(30) + 0.1 * uniform]


def _value(name: str, logits: np.ndarray, ages: list[int]) -> np.ndarray:
    loss = AgeDistributionLoss(name, SIGMA, reduction=None)
    labels = np.array(ages, "float32")[:, None]
    return np.asarray(loss(labels, np.asarray(logits, "float32")))


def _one_hot(age: int) -> np.ndarray:
    logits = np.zeros(117)
    logits[age] = 200.0
    return logits


def test_every_age_loss_has_a_formula() -> None:
    assert set(FORMULAS) == set(AGE_LOSSES)
    assert len(AGES) == regression_units(AGE, "variance") and AGE.minimum == 0


@pytest.mark.parametrize("age", [0, 1, 30, 116])
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_each_loss_matches_its_formula(name: str, age: int) -> None:
    distributions = _distributions()
    values = _value(name, np.log(distributions), [age] * len(distributions))
    expected = [FORMULAS[name](p, age) for p in distributions]
    np.testing.assert_allclose(values, expected, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_a_batch_loss_is_the_weighted_mean_of_its_examples(name: str) -> None:
    ages, p = np.array([[3.0], [70.0]], "float32"), _distributions()[2]
    logits = np.log([p, p]).astype("float32")
    one, other = FORMULAS[name](p, 3), FORMULAS[name](p, 70)
    loss = AgeDistributionLoss(name, SIGMA)
    assert float(loss(ages, logits)) == pytest.approx((one + other) / 2, rel=1e-4)
    weighted = float(loss(ages, logits, np.array([2.0, 0.5], "float32")))
    assert weighted == pytest.approx((2 * one + 0.5 * other) / 2, rel=1e-4)


@pytest.mark.parametrize("age", [0, 1, 58, 116])
@pytest.mark.parametrize(
    "name", ["expectation_mse", "variance", "mse_cross_entropy", "cross_entropy"]
)
def test_certainty_has_no_loss_at_the_true_age_and_a_high_loss_elsewhere(
    name: str, age: int
) -> None:
    right, wrong = _value(name, np.stack([_one_hot(age), _one_hot(abs(age - 40))]), [age, age])
    assert right == pytest.approx(0, abs=1e-6)
    assert wrong > 0.1


def test_predicting_the_label_distribution_has_zero_loss() -> None:
    values = _value(
        "label_distribution", np.log([_gaussian(age) + 1e-30 for age in (20, 60)]), [20, 60]
    )
    np.testing.assert_allclose(values, 0, atol=1e-5)


def test_the_tutorials_variance_loss_can_be_0_far_from_the_true_age() -> None:
    # See its docstring: p[j] = j / y for the first ages, until the sum is 1.
    p = np.full(117, 1e-12)
    p[1:13] = np.arange(1, 13) / 78
    (value,) = _value("variance", np.log([p]), [78])
    assert value == pytest.approx(0, abs=1e-3)
    assert np.sum(AGES * p) == pytest.approx(8.33, abs=0.01)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_losses_and_gradients_are_finite_at_extreme_logits(name: str, dtype: str) -> None:
    highest = 6e4 if dtype == "float16" else 1e30
    logits = np.zeros((6, 117))
    logits[0, 0] = logits[1, 116] = logits[2, 50] = highest
    logits[3, 50] = -highest
    logits[4] = highest
    logits[5, ::2], logits[5, 1::2] = highest, -highest
    for age in (0.0, 50.0, 116.0):
        outputs = tf.constant(logits, dtype)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            loss = AgeDistributionLoss(name)(np.full((6, 1), age, "float32"), outputs)
        assert loss.dtype == tf.float32 and np.isfinite(float(loss))
        assert np.isfinite(tape.gradient(loss, outputs).numpy()).all()


@pytest.mark.parametrize("name", ["mse", *sorted(FORMULAS)])
def test_a_few_steps_of_training_lower_the_loss(name: str) -> None:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1 if name == "mse" else 117)(inputs))
    model.compile(keras.optimizers.Adam(0.05), regression_loss(AGE, name, 2.0))
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    ages = np.linspace(0, 116, 16, dtype="float32")[:, None]
    before = model.evaluate(x, ages, verbose=0)
    batches = tf.data.Dataset.from_tensors((x, ages)).repeat(20)
    model.fit(batches, verbose=0)
    assert model.evaluate(x, ages, verbose=0) < 0.99 * before


@pytest.mark.parametrize("sigma", [0.1, 2.0, 10.0])
@pytest.mark.parametrize("age", [0, 1, 40, 115, 116])
def test_a_label_distribution_sums_to_1_around_the_age(age: int, sigma: float) -> None:
    p = np.asarray(label_probabilities(np.array([[age]], "float32"), sigma, 117))[0]
    assert p.shape == (117,)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert p.argmax() == age
    # The mean of half a Gaussian is 0.8 standard deviations from its end.
    inside = min(age, 116 - age) > 3 * sigma
    assert np.sum(AGES * p) == pytest.approx(age, abs=0.05 if inside else 0.9 * sigma)


def test_an_age_loss_survives_serialization() -> None:
    loss = AgeDistributionLoss("label_distribution", 4.0)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert isinstance(copy, AgeDistributionLoss)
    assert (copy.age_loss, copy.sigma, copy.name) == ("label_distribution", 4.0, loss.name)


def test_an_unknown_loss_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match=r"one of \['cross_entropy', .*age_loss='mse'"):
        AgeDistributionLoss("mse")
