"""Optimizers and learning rate schedules, by name."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from trainer.settings.hyperparameters import Hyperparameters

# Variables excluded from weight decay: they have no scale, or exist to set one.
_NOT_DECAYED = ("bias", "gamma", "beta", "log_variance")
_SGD_MOMENTUM = 0.9
# Shares of the learning rate at the first and at the last step of `one_cycle`.
_ONE_CYCLE_FIRST, _ONE_CYCLE_LAST = 1 / 25, 1 / 250_000
_SCHEDULES_WITH_AN_END = ("cosine", "one_cycle")


@keras.saving.register_keras_serializable("utkface")
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly to the start of another schedule, then follows it."""

    def __init__(
        self,
        after: keras.optimizers.schedules.LearningRateSchedule,
        warmup_steps: int,
        first: float,
    ):
        """Makes the schedule.

        Args:
          after: the schedule to follow; its step 0 is step `warmup_steps`.
          warmup_steps: steps of the rise, at least 1.
          first: learning rate at step 0, as a share of the rate at step `warmup_steps`.
        """
        super().__init__()
        self._after = after
        self._warmup_steps = warmup_steps
        self._first = first

    def __call__(self, step: int | keras.KerasTensor) -> keras.KerasTensor:
        step = ops.cast(step, "float32")
        risen = ops.minimum(step / self._warmup_steps, 1.0)
        since = ops.maximum(step - self._warmup_steps, 0.0)
        return (self._first + (1 - self._first) * risen) * self._after(since)

    def get_config(self) -> dict[str, object]:
        return {
            "after": keras.saving.serialize_keras_object(self._after),
            "warmup_steps": self._warmup_steps,
            "first": self._first,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Warmup":
        after = keras.saving.deserialize_keras_object(config["after"])
        return cls(after, config["warmup_steps"], config["first"])


@keras.saving.register_keras_serializable("utkface")
class Restarted(keras.optimizers.schedules.LearningRateSchedule):
    """Wraps a schedule, whose step 0 becomes a later step of the optimizer."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, first: int):
        """Makes the schedule.

        Args:
          schedule: the learning rate by step, counted from 0.
          first: step of the optimizer at which `schedule` starts.
        """
        super().__init__()
        self._schedule = schedule
        self._first = first

    def __call__(self, step: int | keras.KerasTensor) -> keras.KerasTensor:
        # As an integer: above 16 million, float32 does not represent every step.
        return self._schedule(ops.cast(step, "int64") - self._first)

    def get_config(self) -> dict[str, object]:
        return {
            "schedule": keras.saving.serialize_keras_object(self._schedule),
            "first": self._first,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Restarted":
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["first"])


def needs_steps(hyperparameters: Hyperparameters) -> bool:
    """Returns whether the schedule depends on the number of steps of the training."""
    return hyperparameters.schedule in _SCHEDULES_WITH_AN_END or bool(
        hyperparameters.applied_warmup_fraction
    )


def count_steps(hyperparameters: Hyperparameters, count_examples: Callable[[], int]) -> int | None:
    """Returns the number of steps of the training; None if the schedule does not need it.

    Args:
      hyperparameters: set the number of epochs and the batch size.
      count_examples: returns the size of the train split; called only if needed.
    """
    if not needs_steps(hyperparameters):
        return None
    steps = hyperparameters.steps_per_epoch
    if not steps:
        steps = math.ceil(count_examples() / hyperparameters.batch_size)
    return max(1, steps) * hyperparameters.epochs


def make_schedule(
    hyperparameters: Hyperparameters, steps: int | None = None
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the learning rate by step, counted from 0.

    Args:
      hyperparameters: name the schedule.
      steps: number of steps of the training; required only if needs_steps.

    Raises:
      ValueError: if steps are required and not given.
    """
    rate, name = hyperparameters.learning_rate, hyperparameters.schedule
    if needs_steps(hyperparameters) and steps is None:
        raise ValueError(
            f"Expected the number of steps of the training, for schedule={name!r} and "
            f"warmup_fraction={hyperparameters.applied_warmup_fraction}. Received: steps=None."
        )
    warmup_steps = round(hyperparameters.applied_warmup_fraction * (steps or 0))
    # A rise from 0 would waste the first step.
    first = _ONE_CYCLE_FIRST if name == "one_cycle" else 1 / (warmup_steps + 1)
    falling = max(1, (steps or 0) - warmup_steps)
    schedules = keras.optimizers.schedules
    if name == "cosine":
        after = schedules.CosineDecay(rate, falling)
    elif name == "one_cycle":
        after = schedules.CosineDecay(rate, falling, alpha=_ONE_CYCLE_LAST)
    else:
        # The tutorial's Keras 2 `decay=learning_rate / epochs`, written for Keras 3. `constant` is
        # also a schedule: Keras would turn a plain number into a variable, mirrored per device.
        decay = rate / hyperparameters.epochs if name == "inverse_time" else 0.0
        after = schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
    return Warmup(after, warmup_steps, first) if warmup_steps else after


def make_optimizer(
    hyperparameters: Hyperparameters, steps: int | None = None
) -> keras.optimizers.Optimizer:
    """Returns an optimizer with its schedule, weight decay and moving average of the weights.

    With averaging, Keras still trains and measures with the raw weights. Measure with
    trainer.fit.fine_tuning.SwapAverages, and export after finalize_variable_values.

    Args:
      hyperparameters: name the optimizer.
      steps: see make_schedule.
    """
    rate = make_schedule(hyperparameters, steps)
    averaging = {}
    if hyperparameters.ema_decay:
        averaging = {"use_ema": True, "ema_momentum": hyperparameters.ema_decay}
    if hyperparameters.optimizer == "adam":
        return keras.optimizers.Adam(rate, **averaging)
    decay = hyperparameters.applied_weight_decay
    if hyperparameters.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(rate, weight_decay=decay, **averaging)
    else:
        optimizer = keras.optimizers.SGD(rate, _SGD_MOMENTUM, weight_decay=decay, **averaging)
    optimizer.exclude_from_weight_decay(var_names=list(_NOT_DECAYED))
    return optimizer
