"""The heads of the tasks, the same in every architecture."""

from collections.abc import Callable

import keras

from trainer.models.age_heads import regression_units
from trainer.models.blocks import output
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import TASKS, Kind, Task

_ACTIVATIONS = {Kind.REGRESSION: "linear", Kind.BINARY: "sigmoid", Kind.MULTICLASS: "softmax"}

# From the features of a task, [batch, n].
Features = Callable[[Task], keras.KerasTensor]


def head_units(task: Task, hyperparameters: Hyperparameters) -> int:
    """Returns the width of a head: one unit a class, or one for both of two classes.

    That of a regression depends on its loss; see trainer.models.age_heads.regression_units.
    """
    if task.kind is Kind.REGRESSION:
        return regression_units(task, hyperparameters.loss_of(task))
    return 1 if task.kind is Kind.BINARY else len(task.classes)


def make_heads(
    features_of: Features, hyperparameters: Hyperparameters
) -> dict[str, keras.KerasTensor]:
    """Returns the outputs of a model: float32 [batch, head_units] each, by their names.

    Args:
      features_of: what the head of a task gets.
      hyperparameters: name the losses.
    """
    return {
        task.output_key: output(
            features_of(task),
            head_units(task, hyperparameters),
            _ACTIVATIONS[task.kind],
            task.output_key,
        )
        for task in TASKS
    }
