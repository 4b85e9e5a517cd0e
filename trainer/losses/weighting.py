"""Loss weights that are learned with the model.

Source: Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses for
Scene Geometry and Semantics", CVPR 2018.
"""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable("utkface")
class UncertaintyWeightedModel(keras.Model):
    """A model whose loss is the sum of exp(-s) L + s / 2 over its outputs.

    L is the loss of an output. s is the logarithm of its variance, a weight that is trained with
    the model. s approaches log(2 L), where exp(-s) L is 1/2 whatever the unit of L. The paper uses
    L / 2 for squared errors, which is equivalent: s is larger by log 2, and the loss by a constant.

    The model is built, compiled, trained and saved like any model with one input and a dict of
    outputs. Its losses must be a dict of keras.losses.Loss. The logs have the unweighted loss of
    each output as OUTPUT_loss, and its weight, exp(-s), as OUTPUT_weight.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any):
        super().__init__(inputs, outputs, name=name, **kwargs)
        self._log_variances = {
            output: self.add_weight(shape=(), initializer="zeros", name=f"{output}_log_variance")
            for output in outputs
        }
        self._logs = {
            name: keras.metrics.Mean(name=name)
            for output in outputs
            for name in (f"{output}_loss", f"{output}_weight")
        }

    @property
    def log_variances(self) -> dict[str, keras.Variable]:
        """The s of each output."""
        return dict(self._log_variances)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> keras.KerasTensor:
        """Returns the loss of a batch: float32 []."""
        # Keras divides the loss of a replica by the number of replicas, and later sums over them.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        losses = list(map(ops.sum, self.losses))
        for name, log_variance in self._log_variances.items():
            weights = sample_weight.get(name) if isinstance(sample_weight, dict) else sample_weight
            loss = self.loss[name](y[name], y_pred[name], weights)
            weight, examples = ops.exp(-log_variance), ops.shape(y_pred[name])[0]
            self._logs[f"{name}_loss"].update_state(loss * replicas, sample_weight=examples)
            self._logs[f"{name}_weight"].update_state(weight)
            losses.append(weight * loss + log_variance / (2 * replicas))
        return sum(losses)

    def get_config(self) -> dict[str, Any]:
        plain = keras.Model(self.input, self.output, name=self.name)
        return {"model": keras.saving.serialize_keras_object(plain)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "UncertaintyWeightedModel":
        plain = keras.saving.deserialize_keras_object(config["model"], custom_objects)
        return cls(plain.input, plain.output, name=plain.name)


def with_learned_weights(
    model: keras.Model, weights: Mapping[str, float]
) -> UncertaintyWeightedModel:
    """Returns a model with the same layers that also learns its loss weights.

    Args:
      model: a model with a dict of outputs.
      weights: initial loss weight of each output, above 0.
    """
    weighted = UncertaintyWeightedModel(model.input, model.output, name=model.name)
    for name, weight in weights.items():
        weighted.log_variances[name].assign(-ops.log(weight))
    return weighted
