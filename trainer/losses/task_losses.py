"""Compiles a model with the losses, the loss weights and the metrics of all tasks."""

import keras
import tensorflow as tf

from trainer.augment.mixing import MixedLoss, OwnLabelMetric
from trainer.losses.age_losses import regression_loss
from trainer.losses.label_smoothing import SmoothedCategoricalCrossentropy
from trainer.losses.masking import MaskedLoss, MaskedMetric
from trainer.losses.weighting import with_learned_weights
from trainer.models.age_heads import regression_metric, regression_units
from trainer.models.nested import leaf_layers
from trainer.optimizers import make_optimizer
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import TASKS, Kind, Task


def compile_model(
    model: keras.Model, hyperparameters: Hyperparameters, *, steps: int | None = None
) -> keras.Model:
    """Compiles a model with one head per task. Its loss is the weighted sum over the heads.

    Args:
      model: model of trainer.models.build for these losses. It is compiled in place if the loss
        weights are fixed.
      hyperparameters: set the losses, their weights and the optimizer.
      steps: number of steps of the training; see trainer.optimizers.needs_steps.

    Returns:
      The model to train: `model`, or a model with the same layers that learns its loss weights.

    Raises:
      ValueError: if the head of a regression has the wrong width for its loss, if the schedule
        needs `steps` and there are none, or if XLA would compile for several devices.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if hyperparameters.jit_compile and replicas > 1:
        raise ValueError(
            "Expected one device with jit_compile, because XLA cannot mirror variables. "
            f"Received: {replicas} devices; set trainer.jit_compile=false."
        )
    units = {task.output_key: model.output[task.output_key].shape[-1] for task in TASKS}
    for task in TASKS:
        loss, received = hyperparameters.loss_of(task), units[task.output_key]
        if task.kind is Kind.REGRESSION and received != regression_units(task, loss):
            raise ValueError(
                f"Expected the {task.name} head to have {regression_units(task, loss)} units, for "
                f"{task.name}_loss={loss!r}. Received: {received} units; build the model for these "
                "settings."
            )
    optimizer = make_optimizer(hyperparameters, steps)
    if any(layer.compute_dtype == "float16" for layer in leaf_layers(model)):
        # Keras adds loss scaling by itself, but not when it loads the model from a file.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    weights = {task.output_key: hyperparameters.loss_weight_of(task) for task in TASKS}
    learned = hyperparameters.loss_weighting == "uncertainty"
    if learned:
        model = with_learned_weights(model, weights)
    losses = {task.output_key: _loss(task, hyperparameters) for task in TASKS}
    metrics = {task.output_key: _metric(task, units[task.output_key]) for task in TASKS}
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
        sigma = hyperparameters.label_distribution_sigma
        loss = regression_loss(task, hyperparameters.loss_of(task), sigma)
        return MaskedLoss(loss, stand_in=task.minimum)
    if task.kind is Kind.BINARY:
        return keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    return SmoothedCategoricalCrossentropy(smoothing)


def _metric(task: Task, units: int) -> keras.metrics.Metric:
    if task.kind is Kind.REGRESSION:
        return MaskedMetric(regression_metric(task, units))
    if task.kind is Kind.BINARY:
        return keras.metrics.BinaryAccuracy(name=task.measure)
    return keras.metrics.SparseCategoricalAccuracy(name=task.measure)
