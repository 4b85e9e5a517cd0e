"""Transfers the weights and optimizer state of a model to a new model with the same layers."""

from collections.abc import Sequence

import keras
from keras import ops

from trainer.compat.keras_internals import moving_averages
from trainer.losses.weighting import UncertaintyWeightedModel
from trainer.models.nested import leaf_layers
from trainer.optimizers import Restarted
from trainer.state.model_state import averaged_weights, build_optimizer, inner_optimizer, moments


def find_difference(source: keras.Model, model: keras.Model) -> str | None:
    """Describes the first difference between two models; None if they match.

    Compares the image size, and then the kind and the variable shapes of each layer. The image
    size must match because weights learned at one size do not suit another. Layer names are
    ignored: two models in the same process never share them.
    """
    found, expected = (list(each.input.shape[1:]) for each in (source, model))
    if found != expected:
        return f"it takes images of {found}, not of {expected}"
    source_layers, model_layers = _layers(source), _layers(model)
    for number, layers in enumerate(zip(source_layers, model_layers, strict=False), start=1):
        if layers[0] != layers[1]:
            found_layer, expected_layer = (_describe(*layer) for layer in layers)
            return f"layer {number} is {found_layer}, not {expected_layer}"
    if len(source_layers) != len(model_layers):
        return f"it has {len(source_layers)} layers, not {len(model_layers)}"
    return None


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
    old, new = inner_optimizer(source), inner_optimizer(model)
    kept = type(old) is type(new) and _shapes(moments(old)) == _shapes(moments(new))
    averaged = averaged_weights(source) and int(old.iterations) > 0
    average_continues = kept and averaged and averaged_weights(model)
    if averaged and not average_continues:
        old.finalize_variable_values(source.trainable_variables)
    for source_layer, layer in zip(leaf_layers(source), leaf_layers(model), strict=True):
        _copy(source_layer.weights, layer.weights)
    if isinstance(model, UncertaintyWeightedModel) and isinstance(source, UncertaintyWeightedModel):
        for name, log_variance in source.log_variances.items():
            _copy([log_variance], [model.log_variances[name]])
    if kept:
        _copy([old.iterations, *moments(old)], [new.iterations, *moments(new)])
        new.learning_rate = Restarted(schedule, int(old.iterations))
        if _loss_scale(source.optimizer) and _loss_scale(model.optimizer):
            _copy(_loss_scale(source.optimizer), _loss_scale(model.optimizer))
    if averaged_weights(model):
        averages = moving_averages(old) if average_continues else model.trainable_variables
        _copy(averages, moving_averages(new))
    return kept


def _layers(model: keras.Model) -> list[tuple[str, list[str]]]:
    return [(type(layer).__name__, _shapes(layer.weights)) for layer in leaf_layers(model)]


def _describe(kind: str, shapes: Sequence[str]) -> str:
    return f"{kind} of {' '.join(shapes)}" if shapes else kind


def _shapes(variables: Sequence[keras.Variable]) -> list[str]:
    return [f"{variable.dtype}{list(variable.shape)}" for variable in variables]


def _loss_scale(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns the variables of loss scaling for float16; none for other precisions."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return [optimizer.dynamic_scale, optimizer.step_counter]
    return []


def _copy(sources: Sequence[keras.Variable], targets: Sequence[keras.Variable]) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.assign(ops.convert_to_numpy(source))
