"""Transfers the weights and optimizer state of a model to a new model with the same layers."""

from collections.abc import Sequence

import keras
from keras import ops

from trainer.compat.keras_internals import moving_averages
from trainer.losses.weighting import UncertaintyWeightedModel
from trainer.models.nested import leaf_layers
from trainer.state.model_state import averaged_weights, build_optimizer, inner_optimizer, moments
from trainer.state.restarted_schedule import Restarted


def find_difference(found: keras.Model, expected: keras.Model) -> str | None:
    """Describes the first difference between two models; None if they match.

    Compares the image size, and then the kind and the variable shapes of each layer. The image
    size must match because weights learned at one size do not suit another. Layer names are
    ignored: two models in the same process never share them.
    """
    taken, wanted = (list(model.input.shape[1:]) for model in (found, expected))
    if taken != wanted:
        return f"it takes images of {taken}, and not of {wanted}"
    theirs, ours = _layers(found), _layers(expected)
    for number, (other, own) in enumerate(zip(theirs, ours, strict=False), start=1):
        if own != other:
            return f"layer {number} is {_describe(*other)}, and not {_describe(*own)}"
    return None if len(theirs) == len(ours) else f"it has {len(theirs)} layers, not {len(ours)}"


def transfer_weights(
    source: keras.Model,
    model: keras.Model,
    schedule: keras.optimizers.schedules.LearningRateSchedule,
) -> bool:
    """Copies the weights, the moving statistics and the optimizer state.

    The optimizer keeps its step count. It scales its moments by the count, and would restart an
    average of the weights at step 0. The schedule is shifted instead.

    An average of the weights continues if both models keep one. If only `source` does, its averages
    replace its weights, because the averages were measured. Loss weights that both models learn are
    matched by name. Dropout seeds are not copied: files do not store them.

    Args:
      source: a compiled model; not usable afterwards.
      model: compiled, not yet trained, and without a difference in find_difference.
      schedule: the schedule of `model`, from step 0 on.

    Returns:
      Whether the optimizer state was kept. It is reset, without moments, if the optimizers are of
      different kinds or only one of the models learns its loss weights.
    """
    build_optimizer(model)
    before, now = inner_optimizer(source), inner_optimizer(model)
    kept = type(before) is type(now) and _shapes(moments(before)) == _shapes(moments(now))
    averaged = averaged_weights(source) and int(before.iterations) > 0
    average_goes_on = kept and averaged and averaged_weights(model)
    if averaged and not average_goes_on:
        before.finalize_variable_values(source.trainable_variables)
    for other, own in zip(leaf_layers(source), leaf_layers(model), strict=True):
        _copy(other.weights, own.weights)
    if isinstance(model, UncertaintyWeightedModel) and isinstance(source, UncertaintyWeightedModel):
        for name, log_variance in source.log_variances.items():
            _copy([log_variance], [model.log_variances[name]])
    if kept:
        _copy([before.iterations, *moments(before)], [now.iterations, *moments(now)])
        now.learning_rate = Restarted(schedule, int(before.iterations))
        if _scale(source.optimizer) and _scale(model.optimizer):
            _copy(_scale(source.optimizer), _scale(model.optimizer))
    if averaged_weights(model):
        begin = moving_averages(before) if average_goes_on else model.trainable_variables
        _copy(begin, moving_averages(now))
    return kept


def _layers(model: keras.Model) -> list[tuple[str, list[str]]]:
    return [(type(layer).__name__, _shapes(layer.weights)) for layer in leaf_layers(model)]


def _describe(kind: str, shapes: Sequence[str]) -> str:
    return f"{kind} of {' '.join(shapes)}" if shapes else kind


def _shapes(variables: Sequence[keras.Variable]) -> list[str]:
    return [f"{variable.dtype}{list(variable.shape)}" for variable in variables]


def _scale(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns the variables of loss scaling for float16; none for other precisions."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return [optimizer.dynamic_scale, optimizer.step_counter]
    return []


def _copy(sources: Sequence[keras.Variable], targets: Sequence[keras.Variable]) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.assign(ops.convert_to_numpy(source))
