"""The complete state of a compiled model between two steps, as arrays."""

from collections.abc import Mapping

import keras
import numpy as np

from trainer.compat.keras_internals import (
    build_losses_and_metrics,
    moving_averages,
    prepare_for_replicas,
)

# Arrays by `model/N` and `optimizer/N`, where N counts the variables in Keras's order. Variable
# names will not do: they depend on how many layers the process has built before.
ModelState = dict[str, np.ndarray]


def read_state(model: keras.Model) -> ModelState:
    """Copies the weights, the dropout seeds, and the optimizer's moments, averages and step.

    Keras's weight files leave out the dropout seeds. A training resumed from them would draw
    different dropout masks than an uninterrupted training.
    """
    # TensorFlow may return the memory of the variable itself, which the next step overwrites.
    return {
        name: np.array(keras.ops.convert_to_numpy(variable), copy=True)
        for name, variable in _variables(model).items()
    }


def write_state(model: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Restores a state from read_state.

    Raises:
      ValueError: if the state is from a model of another shape; the model is not changed.
    """
    variables = _variables(model)
    expected = {name: _describe(variable) for name, variable in variables.items()}
    received = {name: _describe(array) for name, array in state.items()}
    if expected != received:
        differing = sorted(dict(expected.items() ^ received.items()))
        raise ValueError(
            f"Expected the state of a model with the same variables. Received: a state that "
            f"differs in {len(differing)} of {len(expected)} variables, e.g. {differing[0]}."
        )
    for name, variable in variables.items():
        variable.assign(state[name])


def build_optimizer(model: keras.Model) -> None:
    """Creates the optimizer variables of a compiled model, which Keras does at the first step."""
    if not model.optimizer.built:
        with model.distribute_strategy.scope():
            model.optimizer.build(model.trainable_variables)


def build_metrics(model: keras.Model, batch: tuple[object, ...]) -> None:
    """Creates the metric variables of a compiled model, from the shapes of a batch alone.

    Keras creates them while TensorFlow traces the first step, which forces a second trace.
    """
    strategy = model.distribute_strategy
    with strategy.scope():
        build_losses_and_metrics(model, batch)
    if strategy.num_replicas_in_sync > 1:
        prepare_for_replicas(model)


def averaged_weights(model: keras.Model) -> bool:
    """Returns whether the optimizer keeps a moving average of the weights."""
    return bool(inner_optimizer(model).use_ema)


def inner_optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    """Returns the optimizer of a compiled model, without the wrapper that scales float16 losses."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def moments(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns all variables of an optimizer but its step count and its weight averages."""
    others = {id(variable) for variable in (optimizer.iterations, *moving_averages(optimizer))}
    return [variable for variable in optimizer.variables if id(variable) not in others]


def reset_optimizer(
    model: keras.Model, schedule: keras.optimizers.schedules.LearningRateSchedule
) -> None:
    """Resets the optimizer of a compiled model to step 0, which also restarts its averages."""
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
