"""Losses of a regression as a classification: section 5 of the tutorial, and two well known ones.

Source of the first three: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh,
section 5. Below, p[j] is the predicted probability of the number j, y the true one, both counted
from the least of the task's range, and each formula is one example's loss. The tutorial takes
the mean over the examples in the first formula and their sum in the other two; here it is the
mean in all: by a sum the steps would grow with the batch size, and the weights of the losses
would have to follow.
"""

from collections.abc import Callable

import keras
from keras import ops

from trainer.models.age_heads import expected_value, positions
from trainer.tasks import Task

# Of logits [batch, n] and true numbers [batch, 1], both float32, to [batch].
Formula = Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]


def expectation_mse(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """(sum_j j p[j] - y)^2: the squared error of the expected value; 0 is perfect."""
    return ops.sum(ops.square(expected_value(logits) - label), axis=-1)


def variance(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (j - p[j] y)^2, the unit squared, as the tutorial has it.

    It is 0 where all is on the true number, but not only there: p[j] = j / y over the numbers up
    to about the root of 2 y has almost none either, and that says 9 where 90 is true. Look at
    the mean absolute error, not at the loss.
    """
    probabilities = ops.softmax(logits)
    return ops.sum(probabilities * ops.square(_positions(logits) - probabilities * label), axis=-1)


def mse_cross_entropy(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
    """sum_j p[j] (log(j + 1) - p[j] log(y + 1))^2; 0 is perfect, but see variance.

    The tutorial takes log(j) and log(y), and its j begins at 1. Here it begins at 0, whose
    logarithm is infinite, and whose label is no rare one. Counting from 1, as the tutorial
    counts its classes, keeps the formula as it is and is defined for all of them; a logarithm
    that is cut off near 0 would put an arbitrary number on the first class alone.
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
    """Returns sum_j q[j] log(q[j] / p[j]), nats, where q are the numbers around the true one.

    The Kullback-Leibler divergence from label_probabilities; 0 is perfect. Its gradient is
    that of the cross-entropy to them. Source: Gao et al., "Deep Label Distribution Learning
    with Label Ambiguity", IEEE Transactions on Image Processing 2017.
    """

    def divergence(logits: keras.KerasTensor, label: keras.KerasTensor) -> keras.KerasTensor:
        wanted = _label_logits(label, sigma, logits.shape[-1])
        difference = ops.log_softmax(wanted) - ops.log_softmax(logits)
        return ops.sum(ops.softmax(wanted) * difference, axis=-1)

    return divergence


def label_probabilities(label: keras.KerasTensor, sigma: float, units: int) -> keras.KerasTensor:
    """Returns a Gaussian around a number, over the numbers there are: float32 [batch, n], sum 1.

    At both ends of the range, where half of it lies outside, the other half counts twice.
    """
    return ops.softmax(_label_logits(label, sigma, units))


@keras.saving.register_keras_serializable("utkface")
class AgeDistributionLoss(keras.losses.Loss):
    """One of AGE_LOSSES as a loss of Keras: true numbers [batch, 1] against logits [batch, n]."""

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
          sigma: of `label_distribution`, in the unit of the task.
          reduction: over the batch.
          name: defaults to age_loss.
          minimum: the number of the first logit.

        Raises:
          ValueError: if there is no such loss.
        """
        if age_loss not in AGE_LOSSES:
            raise ValueError(
                f"Expected a loss of a distribution out of {sorted(AGE_LOSSES)}. "
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


# Of sigma, which only the last one uses.
AGE_LOSSES: dict[str, Callable[[float], Formula]] = {
    "expectation_mse": lambda _: expectation_mse,
    "variance": lambda _: variance,
    "mse_cross_entropy": lambda _: mse_cross_entropy,
    "cross_entropy": lambda _: cross_entropy,
    "label_distribution": label_distribution,
}


def regression_loss(task: Task, loss: str, sigma: float) -> keras.losses.Loss:
    """Returns a loss by name: `mse`, of one unit, or one of AGE_LOSSES."""
    if loss == "mse":
        return keras.losses.MeanSquaredError()
    return AgeDistributionLoss(loss, sigma, minimum=task.minimum)


def _positions(logits: keras.KerasTensor) -> keras.KerasTensor:
    return positions(logits.shape[-1])


def _label_logits(label: keras.KerasTensor, sigma: float, units: int) -> keras.KerasTensor:
    return -0.5 * ops.square((positions(units) - label) / sigma)
