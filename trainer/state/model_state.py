"""All that a compiled model carries from one step to the next, as arrays."""

from collections.abc import Mapping

import keras
import numpy as np

from trainer.compat.keras_internals import build_losses_and_metrics, moving_averages

# Arrays by `model/N` and `optimizer/N`, N counting the variables in Keras's order: their names
# tell how many layers were built before in the same process.
ModelState = dict[str, np.ndarray]


def read_state(model: keras.Model) -> ModelState:
    """Copies the weights, the seeds of dropout, and the optimizer's moments, averages and step.

    Keras's own weight files leave the seeds out, so that a training that goes on from one draws
    other dropout masks than one that was never interrupted.
    """
    # What TensorFlow hands out may be the variable's own memory, which the next step writes to.
    return {
        name: np.array(keras.ops.convert_to_numpy(variable), copy=True)
        for name, variable in _variables(model).items()
    }


def write_state(model: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Puts back what read_state read.

    Raises:
      ValueError: if it was read from a model of another shape; nothing is changed then.
    """
    variables = _variables(model)
    expected = {name: _describe(variable) for name, variable in variables.items()}
    received = {name: _describe(array) for name, array in state.items()}
    if expected != received:
        differing = sorted(dict(expected.items() ^ received.items()))
        raise ValueError(
            f"Expected the state of a model of the same shape. Received one that differs in "
            f"{len(differing)} of {len(expected)} variables, such as {differing[0]}."
        )
    for name, variable in variables.items():
        variable.assign(state[name])


def build_optimizer(model: keras.Model) -> None:
    """Makes the variables of a compiled model's optimizer, which Keras does at the first step."""
    if not model.optimizer.built:
        with model.distribute_strategy.scope():
            model.optimizer.build(model.trainable_variables)


def build_metrics(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Makes the variables of a compiled model's metrics, from the shapes of a batch alone.

    Keras would do so while TensorFlow traces the first step, which is then traced a second time.
    """
    with model.distribute_strategy.scope():
        build_losses_and_metrics(model, batch)


def averaged_weights(model: keras.Model) -> bool:
    """Returns whether the optimizer keeps a moving average of the weights."""
    return bool(inner_optimizer(model).use_ema)


def inner_optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    """Returns the optimizer of a compiled model, without what scales the loss of float16."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def moments(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns what an optimizer keeps beside the number of its steps and the averages."""
    others = {id(variable) for variable in (optimizer.iterations, *moving_averages(optimizer))}
    return [variable for variable in optimizer.variables if id(variable) not in others]


def begin_anew(
    model: keras.Model, schedule: keras.optimizers.schedules.LearningRateSchedule
) -> None:
    """Puts the optimizer of a compiled model at its first step; averages begin anew with it."""
    optimizer = inner_optimizer(model)
    optimizer.learning_rate = schedule
    for variable in (optimizer.iterations, *moments(optimizer)):
        variable.assign(keras.ops.zeros_like(variable))


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    build_optimizer(model)
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {
        f"{group}/{number}": variable
        for group, variables in groups.items()
        for number, variable in enumerate(variables)
    }


def _describe(array: np.ndarray | keras.Variable) -> tuple[tuple[int, ...], str]:
    return tuple(array.shape), str(array.dtype)
