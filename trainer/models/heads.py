"""The heads of the tasks, the same in every architecture."""

from collections.abc import Callable

import keras
from keras import layers

from trainer.models.age_heads import regression_units
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import TASKS, Kind, Task

_ACTIVATIONS = {Kind.REGRESSION: "linear", Kind.BINARY: "sigmoid", Kind.MULTICLASS: "softmax"}

# From a task to its features, [batch, n].
Features = Callable[[Task], keras.KerasTensor]


def head_units(task: Task, hyperparameters: Hyperparameters) -> int:
    """Returns the width of a head: one unit for a binary task, otherwise one per class.

    The width for a regression depends on its loss; see trainer.models.age_heads.regression_units.
    """
    if task.kind is Kind.REGRESSION:
        return regression_units(task, hyperparameters.loss_of(task))
    return 1 if task.kind is Kind.BINARY else len(task.classes)


def make_heads(
    features_of: Features, hyperparameters: Hyperparameters
) -> dict[str, keras.KerasTensor]:
    """Returns the outputs of a model by name: float32 [batch, head_units] each.

    Args:
      features_of: returns the input of the head of a task.
      hyperparameters: name the losses.
    """
    outputs = {}
    for task in TASKS:
        x = features_of(task)
        # In float32: half precision is too low for a loss.
        x = layers.Dense(head_units(task, hyperparameters), dtype="float32")(x)
        name, activation = task.output_key, _ACTIVATIONS[task.kind]
        outputs[name] = layers.Activation(activation, dtype="float32", name=name)(x)
    return outputs
