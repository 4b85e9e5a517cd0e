"""Heads of regressions: a single number, or a distribution over integers and its decoding.

A distribution leaves the network as logits, float32 [batch, n], one for each integer in the range
of the task. The losses and the decoding apply the softmax, in a form that stays finite for
logits of any size. Probabilities rounded to 0 or 1 would have no gradient.
"""

import keras
from keras import ops

from trainer.models.nested import leaf_layers
from trainer.tasks import TASKS, Kind, Task

_PACKAGE = "utkface"


def regression_units(task: Task, loss: str) -> int:
    """Returns the head width for a loss of a regression: 1, or one unit per number."""
    return 1 if loss == "mse" else task.maximum - task.minimum + 1


def positions(units: int) -> keras.KerasTensor:
    """Returns the indices of the units of a head: float32 [units]."""
    return ops.arange(units, dtype="float32")


def expected_value(logits: keras.KerasTensor, minimum: int = 0) -> keras.KerasTensor:
    """Decodes a distribution to its mean.

    Args:
      logits: [batch, n].
      minimum: the number of the first logit.

    Returns:
      float32 [batch, 1], not rounded.
    """
    probabilities = ops.softmax(ops.cast(logits, "float32"))
    mean = ops.sum(probabilities * positions(logits.shape[-1]), axis=-1, keepdims=True)
    return mean + minimum if minimum else mean


@keras.saving.register_keras_serializable(_PACKAGE)
class ExpectedAge(keras.layers.Layer):
    """Converts logits [batch, n] to the expected value, float32 [batch, 1]."""

    def __init__(self, *, minimum: int = 0, **kwargs: object):
        super().__init__(**kwargs)
        self.minimum = minimum

    def call(self, logits: keras.KerasTensor) -> keras.KerasTensor:
        return expected_value(logits, self.minimum)

    def compute_output_spec(self, logits: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((*logits.shape[:-1], 1), "float32")

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "minimum": self.minimum}


@keras.saving.register_keras_serializable(_PACKAGE)
class DecodedAgeError(keras.metrics.MeanAbsoluteError):
    """The mean absolute error of the expected value, in the unit of the task; 0 is perfect."""

    def __init__(self, name: str = "mae", dtype: object = None, minimum: int = 0):
        super().__init__(name=name, dtype=dtype)
        self.minimum = minimum

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Adds a batch of numbers, [batch, 1], and logits, [batch, n]."""
        super().update_state(y_true, expected_value(y_pred, self.minimum), sample_weight)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "minimum": self.minimum}


def regression_metric(task: Task, units: int) -> keras.metrics.Metric:
    """Returns the mean absolute error for a head of `units` units, in the unit of the task."""
    if units == 1:
        return keras.metrics.MeanAbsoluteError(name=task.measure)
    return DecodedAgeError(name=task.measure, minimum=task.minimum)


def serving_model(model: keras.Model) -> keras.Model:
    """Returns the model to export: the same weights, in float32, with regressions decoded.

    Args:
      model: a model of trainer.models.build, or a model that trains it.

    Returns:
      A model whose regression outputs are [batch, 1] for every loss. It drops all that only
      training needs. It computes in float32 even if `model` does not, because a server may be
      slow in half precision, or not support it.
    """
    plain = keras.Model(model.input, model.output, name=model.name)
    if any(layer.compute_dtype != "float32" for layer in leaf_layers(plain)):
        weights = plain.get_weights()
        plain = _in_float32(plain)
        plain.set_weights(weights)
    outputs = dict(plain.output)
    for task in TASKS:
        output = outputs.get(task.output_key)
        if task.kind is Kind.REGRESSION and output is not None and output.shape[-1] != 1:
            decode = ExpectedAge(minimum=task.minimum, name=f"expected_{task.name}")
            outputs[task.output_key] = decode(output)
    return keras.Model(plain.input, outputs, name=model.name)


def _in_float32(layer: keras.Operation) -> keras.Operation:
    if isinstance(layer, keras.Model):
        # Keras's `recursive` descends only one level.
        return keras.models.clone_model(layer, clone_function=_in_float32)
    config = layer.get_config()
    # An operation, e.g. an addition, has no dtype.
    if isinstance(layer, keras.layers.Layer):
        config["dtype"] = "float32"
    return type(layer).from_config(config)
