"""Losses that treat a regression as a classification: three of the tutorial, and two known ones.

Source of the first three: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh,
section 5. Below, p[j] is the predicted probability of the number j and y is the true number. Both
numbers count from the minimum of the task. Each formula is the loss of one example. The tutorial
averages the first formula over the examples and sums the other two. Here all are averaged: with a
sum, the steps would grow with the batch size, and the loss weights would have to change too.
"""

from collections.abc import Callable

import keras
from keras import ops

from trainer.models.age_heads import expected_value, positions
from trainer.tasks import Task

# From logits [batch, n] and true numbers [batch, 1], both float32, to losses [batch].
Formula = Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]


def expectation_mse(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """(sum_j j p[j] - y)^2: the squared error of the expected value; 0 is perfect."""
    return ops.sum(ops.square(expected_value(logits) - label), axis=-1)


def variance(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (j - p[j] y)^2, in squared units, as in the tutorial.

    The loss is 0 if all probability is on the true number. But it is also close to 0 for
    p[j] = j / y over j up to about sqrt(2 y), which predicts 9 where 90 is true. Judge a model by
    its mean absolute error, not by this loss.
    """
    probabilities = ops.softmax(logits)
    return ops.sum(probabilities * ops.square(_positions(logits) - probabilities * label), axis=-1)


def mse_cross_entropy(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (log(j + 1) - p[j] log(y + 1))^2; 0 is perfect, but see variance.

    The tutorial uses log(j) and log(y), with j from 1. Here j starts at 0, a common label whose
    logarithm is infinite. Adding 1, so that classes count from 1 as in the tutorial, keeps the
    formula and is defined for all classes. A logarithm clipped near 0 would give the first class
    an arbitrary value.
    """
    probabilities = ops.softmax(logits)
    deviations = ops.log1p(_positions(logits)) - probabilities * ops.log1p(label)
    return ops.sum(probabilities * ops.square(deviations), axis=-1)


def cross_entropy(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """-log p[y], nats; 0 is perfect."""
    position = ops.cast(ops.round(label[:, 0]), "int32")
    one_hot = ops.one_hot(position, logits.shape[-1], dtype="float32")
    return -ops.sum(one_hot * ops.log_softmax(logits), axis=-1)


def label_distribution(sigma: float) -> Formula:
    """Returns the formula sum_j q[j] log(q[j] / p[j]), nats, where q is label_probabilities.

    This is the Kullback-Leibler divergence; 0 is perfect. Its gradient equals the gradient of the
    cross-entropy with q. Source: Gao et al., "Deep Label Distribution Learning with Label
    Ambiguity", IEEE Transactions on Image Processing 2017.
    """

    def divergence(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
        target = _label_logits(label, sigma, logits.shape[-1])
        difference = ops.log_softmax(target) - ops.log_softmax(logits)
        return ops.sum(ops.softmax(target) * difference, axis=-1)

    return divergence


def label_probabilities(label: keras.KerasTensor, sigma: float, units: int) -> keras.KerasTensor:
    """Returns a Gaussian around a number, over the range of the task: float32 [batch, n], sum 1.

    At the ends of the range, half of the Gaussian lies outside, and the inner half counts twice.
    """
    return ops.softmax(_label_logits(label, sigma, units))


@keras.saving.register_keras_serializable("utkface")
class AgeDistributionLoss(keras.losses.Loss):
    """One of AGE_LOSSES as a Keras loss, for true numbers [batch, 1] and logits [batch, n]."""

    def __init__(
        self,
        age_loss: str,
        sigma: float = 2.0,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        minimum: int = 0,
    ):
        """Makes the loss.

        Args:
          age_loss: a name in AGE_LOSSES.
          sigma: standard deviation for `label_distribution`, in the unit of the task.
          reduction: reduction over the batch.
          name: defaults to age_loss.
          minimum: the number of the first logit.

        Raises:
          ValueError: if age_loss is unknown.
        """
        if age_loss not in AGE_LOSSES:
            raise ValueError(
                f"Expected age_loss to be one of {sorted(AGE_LOSSES)}. "
                f"Received: age_loss={age_loss!r}."
            )
        super().__init__(name=name or age_loss, reduction=reduction, dtype="float32")
        self.age_loss = age_loss
        self.sigma = sigma
        self.minimum = minimum
        self._formula = AGE_LOSSES[age_loss](sigma)

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        return self._formula(y_pred, y_true - self.minimum if self.minimum else y_true)

    def get_config(self) -> dict[str, object]:
        return {
            "age_loss": self.age_loss,
            "sigma": self.sigma,
            "reduction": self.reduction,
            "name": self.name,
            "minimum": self.minimum,
        }


# Functions from sigma, which only the last loss uses, to a formula.
AGE_LOSSES: dict[str, Callable[[float], Formula]] = {
    "expectation_mse": lambda _: expectation_mse,
    "variance": lambda _: variance,
    "mse_cross_entropy": lambda _: mse_cross_entropy,
    "cross_entropy": lambda _: cross_entropy,
    "label_distribution": label_distribution,
}


def regression_loss(task: Task, loss: str, sigma: float) -> keras.losses.Loss:
    """Returns a loss by name: `mse`, for a head of one unit, or one of AGE_LOSSES."""
    if loss == "mse":
        return keras.losses.MeanSquaredError()
    return AgeDistributionLoss(loss, sigma, minimum=task.minimum)


def _positions(logits: keras.KerasTensor) -> keras.KerasTensor:
    return positions(logits.shape[-1])


def _label_logits(label: keras.KerasTensor, sigma: float, units: int) -> keras.KerasTensor:
    return -0.5 * ops.square((positions(units) - label) / sigma)
