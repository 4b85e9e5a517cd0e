"""Losses of the age as a classification: section 5 of the tutorial, and two that are well known.

Source of the first three: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh,
section 5. Below, p[j] is the predicted probability of age j, y the true age, and each formula
is one example's loss. The tutorial takes the mean over the examples in the first formula and
their sum in the other two; here it is the mean in all: by a sum the steps would grow with the
batch size, and the weights of the losses would have to follow.
"""

from collections.abc import Callable

import keras
from keras import ops

from trainer import features
from trainer.age_heads import ages, expected_age

# Of logits [batch, 117] and true ages [batch, 1], both float32, to [batch].
Formula = Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]


def expectation_mse(logits: keras.KerasTensor, age: keras.KerasTensor) -> keras.KerasTensor:
    """(sum_j j p[j] - y)^2: the squared error of the expected age, years^2; 0 is perfect."""
    return ops.sum(ops.square(expected_age(logits) - age), axis=-1)


def variance(logits: keras.KerasTensor, age: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (j - p[j] y)^2, years^2, as the tutorial has it.

    It is 0 where all is on the true age, but not only there: p[j] = j / y over the ages up to
    about the root of 2 y has almost none either, and that says 9 years to somebody of 90. Look
    at the error in years, not at the loss.
    """
    probabilities = ops.softmax(logits)
    return ops.sum(probabilities * ops.square(ages() - probabilities * age), axis=-1)


def mse_cross_entropy(logits: keras.KerasTensor, age: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (log(j + 1) - p[j] log(y + 1))^2; 0 is perfect, but see variance.

    The tutorial takes log(j) and log(y), and its j begins at 1. There is an age 0, whose
    logarithm is infinite, and it is no rare one. Counting the years of life from the first, as
    the tutorial counts its classes, keeps the formula as it is and is defined for all of them;
    a logarithm that is cut off near 0 would put an arbitrary number on age 0 alone.
    """
    probabilities = ops.softmax(logits)
    deviations = ops.log1p(ages()) - probabilities * ops.log1p(age)
    return ops.sum(probabilities * ops.square(deviations), axis=-1)


def cross_entropy(logits: keras.KerasTensor, age: keras.KerasTensor) -> keras.KerasTensor:
    """-log p[y], nats; 0 is perfect."""
    return -ops.sum(_one_hot(age) * ops.log_softmax(logits), axis=-1)


def label_distribution(sigma: float) -> Formula:
    """Returns sum_j q[j] log(q[j] / p[j]), nats, where q are the ages around the true one.

    The Kullback-Leibler divergence from label_probabilities; 0 is perfect. Its gradient is
    that of the cross-entropy to them. Source: Gao et al., "Deep Label Distribution Learning
    with Label Ambiguity", IEEE Transactions on Image Processing 2017.
    """

    def divergence(logits: keras.KerasTensor, age: keras.KerasTensor) -> keras.KerasTensor:
        label = _label_logits(age, sigma)
        difference = ops.log_softmax(label) - ops.log_softmax(logits)
        return ops.sum(ops.softmax(label) * difference, axis=-1)

    return divergence


def label_probabilities(age: keras.KerasTensor, sigma: float) -> keras.KerasTensor:
    """Returns a Gaussian around an age, over the ages there are: float32 [batch, 117], sum 1.

    At MIN_AGE and MAX_AGE, where half of it lies outside, the other half counts twice.
    """
    return ops.softmax(_label_logits(age, sigma))


@keras.saving.register_keras_serializable("utkface")
class AgeDistributionLoss(keras.losses.Loss):
    """One of AGE_LOSSES as a loss of Keras: true ages [batch, 1] against logits [batch, 117]."""

    def __init__(
        self,
        age_loss: str,
        sigma: float = 2.0,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
    ):
        """Makes the loss.

        Args:
          age_loss: a name in AGE_LOSSES.
          sigma: of `label_distribution`, years.
          reduction: over the batch.
          name: defaults to age_loss.

        Raises:
          ValueError: if there is no such loss.
        """
        if age_loss not in AGE_LOSSES:
            raise ValueError(
                f"Expected a loss of a distribution of ages out of {sorted(AGE_LOSSES)}. "
                f"Received: age_loss={age_loss!r}."
            )
        super().__init__(name=name or age_loss, reduction=reduction, dtype="float32")
        self.age_loss = age_loss
        self.sigma = sigma
        self._formula = AGE_LOSSES[age_loss](sigma)

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        return self._formula(y_pred, y_true)

    def get_config(self) -> dict[str, object]:
        return {
            "age_loss": self.age_loss,
            "sigma": self.sigma,
            "reduction": self.reduction,
            "name": self.name,
        }


# Of sigma, which only the last one uses.
AGE_LOSSES: dict[str, Callable[[float], Formula]] = {
    "expectation_mse": lambda _: expectation_mse,
    "variance": lambda _: variance,
    "mse_cross_entropy": lambda _: mse_cross_entropy,
    "cross_entropy": lambda _: cross_entropy,
    "label_distribution": label_distribution,
}


def age_loss_of(age_loss: str, sigma: float) -> keras.losses.Loss:
    """Returns a loss by name: `mse`, of one unit, or one of AGE_LOSSES."""
    if age_loss == "mse":
        return keras.losses.MeanSquaredError()
    return AgeDistributionLoss(age_loss, sigma)


def _one_hot(age: keras.KerasTensor) -> keras.KerasTensor:
    position = ops.cast(ops.round(age[:, 0]), "int32") - features.MIN_AGE
    return ops.one_hot(position, features.MAX_AGE - features.MIN_AGE + 1, dtype="float32")


def _label_logits(age: keras.KerasTensor, sigma: float) -> keras.KerasTensor:
    return -0.5 * ops.square((ages() - age) / sigma)
