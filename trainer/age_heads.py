"""The age as one number, or as a distribution over the ages, and how one becomes the other.

A distribution leaves the network as logits, float32 [batch, 117], one an age from MIN_AGE to
MAX_AGE. The softmax is left to the losses and to the decoding, which take it in a way that
stays finite however large the logits are; probabilities that were rounded to 0 or 1 would
have no gradient left.
"""

import keras
from keras import ops

from trainer import features

_PACKAGE = "utkface"
AGE_COUNT = features.MAX_AGE - features.MIN_AGE + 1


def age_units(age_loss: str) -> int:
    """Returns the width of the age head that a loss wants: 1, or one unit an age."""
    return 1 if age_loss == "mse" else AGE_COUNT


def ages() -> keras.KerasTensor:
    """Returns the ages that the logits stand for: float32 [117], years."""
    return ops.arange(features.MIN_AGE, features.MAX_AGE + 1, dtype="float32")


def expected_age(logits: keras.KerasTensor) -> keras.KerasTensor:
    """Decodes a distribution: the mean of the ages, each weighted by its probability.

    Args:
      logits: [batch, 117].

    Returns:
      float32 [batch, 1], years, not rounded.
    """
    probabilities = ops.softmax(ops.cast(logits, "float32"))
    return ops.sum(probabilities * ages(), axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(_PACKAGE)
class ExpectedAge(keras.layers.Layer):
    """From logits [batch, 117] to the expected age, float32 [batch, 1], years."""

    def call(self, logits: keras.KerasTensor) -> keras.KerasTensor:
        return expected_age(logits)

    def compute_output_spec(self, logits: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((*logits.shape[:-1], 1), "float32")


@keras.saving.register_keras_serializable(_PACKAGE)
class DecodedAgeError(keras.metrics.MeanAbsoluteError):
    """The mean absolute error of the expected age, in years; 0 is perfect."""

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Adds a batch of ages, [batch, 1], and logits, [batch, 117]."""
        super().update_state(y_true, expected_age(y_pred), sample_weight)


def age_metric(units: int) -> keras.metrics.Metric:
    """Returns the mean absolute error in years of a head of so many units, named `mae`."""
    error = keras.metrics.MeanAbsoluteError if units == 1 else DecodedAgeError
    return error(name="mae")


def serving_model(model: keras.Model) -> keras.Model:
    """Returns the model to export: the same weights, in float32, with the age in years.

    Args:
      model: as trainer.models.build makes it, or one that trains it.

    Returns:
      A model whose `age_output` is [batch, 1] whatever the loss was. It has nothing that only
      the training needs, and computes in float32 even if `model` does not: what serves it may
      be slow at half the precision, or not capable of it.
    """
    plain = keras.Model(model.input, model.output, name=model.name)
    if any(layer.compute_dtype != "float32" for layer in plain.layers):
        weights = plain.get_weights()
        plain = keras.models.clone_model(plain, clone_function=_in_float32)
        plain.set_weights(weights)
    outputs = dict(plain.output)
    age = outputs[features.AGE_OUTPUT]
    if age.shape[-1] != 1:
        outputs[features.AGE_OUTPUT] = ExpectedAge(name="expected_age")(age)
    return keras.Model(plain.input, outputs, name=model.name)


def _in_float32(layer: keras.layers.Layer) -> keras.layers.Layer:
    return type(layer).from_config({**layer.get_config(), "dtype": "float32"})
