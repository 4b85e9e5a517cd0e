"""Gives a new model what another one of the same layers has learnt."""

from collections.abc import Sequence

import keras
from keras import ops

from trainer.compat.keras_internals import moving_averages
from trainer.losses.weighting import UncertaintyWeightedModel
from trainer.models.nested import leaf_layers
from trainer.state.model_state import averaged_weights, build_optimizer, inner_optimizer, moments
from trainer.state.restarted_schedule import Restarted


def find_difference(found: keras.Model, expected: keras.Model) -> str | None:
    """Says how two models differ first, whatever the names of their layers; None if in nothing.

    They are compared by the images that they take, and layer by layer by kind and by the shapes
    of the variables: two models of one process have no names of layers in common. What a layer
    has learnt of images of one size does not hold for another.
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
    """Copies weights, moving statistics, and what the optimizer keeps.

    The optimizer goes on counting its steps, for it weighs its moments by their number, and at
    step 0 would begin an average of the weights anew. It is the schedule that is put off.

    An average of the weights goes on where both have one; one that ends hands over its values in
    place of the weights, for they are what was measured. Weights of losses that both learn are
    taken by name. Dropout's seeds are the model's own: a file has none.

    Args:
      source: compiled; is of no use afterwards.
      model: compiled, not yet trained, with no difference that find_difference finds.
      schedule: the model's, from step 0 on.

    Returns:
      Whether the optimizer goes on. It begins anew, with no moments, if it is of another kind or
      the weights of the losses are learned in one of the models only.
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
    """Returns what keeps float16's gradients in range; nothing in other precisions."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return [optimizer.dynamic_scale, optimizer.step_counter]
    return []


def _copy(sources: Sequence[keras.Variable], targets: Sequence[keras.Variable]) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.assign(ops.convert_to_numpy(source))
