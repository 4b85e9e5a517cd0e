"""What the head of a task looks like, in every architecture."""

from trainer.tasks import Kind, Task

_ACTIVATIONS = {Kind.REGRESSION: "linear", Kind.BINARY: "sigmoid", Kind.MULTICLASS: "softmax"}


def head_units(task: Task, regression_units: int) -> int:
    """Returns the width of a head: one unit a class, or one for both of two classes.

    Args:
      task: what the head predicts.
      regression_units: the width of the head of a regression; trainer.age_heads.age_units.
    """
    if task.kind is Kind.REGRESSION:
        return regression_units
    return 1 if task.kind is Kind.BINARY else len(task.classes)


def head_activation(task: Task) -> str:
    """Returns the activation of a head, as Keras names it."""
    return _ACTIVATIONS[task.kind]
