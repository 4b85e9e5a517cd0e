"""Losses, their weights and the metrics: what a model is trained for, and measured by."""

import keras
import tensorflow as tf

from trainer import features
from trainer.age_heads import age_metric, age_units
from trainer.age_losses import age_loss_of
from trainer.hyperparameters import Hyperparameters
from trainer.label_smoothing import SmoothedCategoricalCrossentropy
from trainer.loss_weighting import with_learned_weights
from trainer.mixing import MixedLoss, OwnLabelMetric
from trainer.optimizers import make_optimizer
from trainer.tasks import TASKS, Kind, Task


def compile_model(
    model: keras.Model, hyperparameters: Hyperparameters, *, steps: int | None = None
) -> keras.Model:
    """Compiles a three-headed model.

    The squared error of ages in years is far larger than the cross-entropies, so
    it is given a small weight. The loss is the weighted sum over the heads.

    Args:
      model: has an age head for hyperparameters.age_loss. It is compiled in place if the
        weights of the losses are fixed.
      hyperparameters: say what to train for, and how.
      steps: of the whole training; see trainer.optimizers.needs_steps.

    Returns:
      The model to train: the given one, or one of the same layers that learns the weights of
      its losses.

    Raises:
      ValueError: if the age head has another width than the loss wants, if the schedule needs
        steps and there are none, or if XLA is to compile for several devices at once.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if hyperparameters.jit_compile and replicas > 1:
        raise ValueError(
            f"Expected one device with jit_compile, for XLA cannot mirror variables. "
            f"Received: {replicas} devices; set trainer.jit_compile=false."
        )
    units = model.output[features.AGE_OUTPUT].shape[-1]
    if units != age_units(hyperparameters.age_loss):
        raise ValueError(
            f"Expected an age head of {age_units(hyperparameters.age_loss)} units, for "
            f"age_loss={hyperparameters.age_loss!r}. Received one of {units}; build the model "
            "with age_units(age_loss)."
        )
    optimizer = make_optimizer(hyperparameters, steps)
    if any(layer.compute_dtype == "float16" for layer in model.layers):
        # Keras would do so by itself, but not when the model is loaded from a file.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    weights = {task.output_key: hyperparameters.loss_weight_of(task) for task in TASKS}
    learned = hyperparameters.loss_weighting == "uncertainty"
    if learned:
        model = with_learned_weights(model, weights)
    losses = {task.output_key: _loss(task, hyperparameters) for task in TASKS}
    metrics = {task.output_key: _metric(task, units) for task in TASKS}
    if hyperparameters.mixing != "none":
        losses = {output: MixedLoss(loss) for output, loss in losses.items()}
        metrics = {output: OwnLabelMetric(metric) for output, metric in metrics.items()}
    model.compile(
        optimizer=optimizer,
        loss=losses,
        loss_weights=None if learned else weights,
        metrics={output: [metric] for output, metric in metrics.items()},
        jit_compile=hyperparameters.jit_compile,
    )
    return model


def _loss(task: Task, hyperparameters: Hyperparameters) -> keras.losses.Loss:
    smoothing = hyperparameters.label_smoothing
    if task.kind is Kind.REGRESSION:
        return age_loss_of(hyperparameters.age_loss, hyperparameters.label_distribution_sigma)
    if task.kind is Kind.BINARY:
        return keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    return SmoothedCategoricalCrossentropy(smoothing)


def _metric(task: Task, regression_units: int) -> keras.metrics.Metric:
    if task.kind is Kind.REGRESSION:
        return age_metric(regression_units)
    if task.kind is Kind.BINARY:
        return keras.metrics.BinaryAccuracy(name=task.measure)
    return keras.metrics.SparseCategoricalAccuracy(name=task.measure)
