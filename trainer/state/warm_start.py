"""Warm starts: a training starts from an earlier training state, with its own learning rate."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from trainer.optimizers import make_schedule
from trainer.progress import log_progress
from trainer.runtime.replicas import eval_batches
from trainer.settings.hyperparameters import LATEST, Hyperparameters
from trainer.state.model_state import averaged_weights, build_metrics, read_state, write_state
from trainer.state.training_state import TrainingState, TrainingStateError, read_training_state
from trainer.state.weight_transfer import find_difference, transfer_weights
from trainer.tasks import TASKS, Kind

# Key of the Trainer's `custom_config`, beside the fields of Hyperparameters, and input of its
# component. FOLDER has a training_state.TRAINING_STATE_FILE, and NAME is its name. Without a
# FOLDER there is no training state; NO_WARM_START may give the reason.
TRAINING_STATE = "training_state"
FOLDER = "folder"
NAME = "name"
NO_WARM_START = "why_not"

_REGRESSED = tuple(task for task in TASKS if task.kind is Kind.REGRESSION)


@dataclass(frozen=True)
class StartingPoint:
    """What a training starts from.

    Attributes:
      state: the training state; None to start from scratch.
      no_warm_start: why a requested training state is missing; empty otherwise.
    """

    state: TrainingState | None
    no_warm_start: str = ""


@dataclass(frozen=True)
class WarmStart:
    """The record of a warm start.

    Attributes:
      name: history entry of the training state, or the path in the settings.
      digest: SHA-256 of its file, 64 hexadecimal digits.
      optimizer_kept: whether the optimizer state is kept; it is reset if the optimizers differ.
      learning_rate: the highest rate of the schedule.
      before: loss and metrics on the eval split before the first epoch.
    """

    name: str
    digest: str
    optimizer_kept: bool
    learning_rate: float
    before: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Returns the entry for trainer.fit.training_curves.HISTORY_FILE."""
        return {
            "from": self.name,
            "sha256": self.digest,
            "optimizer": "kept" if self.optimizer_kept else "new",
            "learning_rate": self.learning_rate,
            "before": dict(self.before),
        }


def read_starting_point(
    hyperparameters: Hyperparameters, looked_up: Mapping[str, str]
) -> StartingPoint:
    """Reads the training state to start from.

    Args:
      hyperparameters: set whether to start warm.
      looked_up: the value of TRAINING_STATE in `custom_config`.

    Returns:
      No state if the settings say so, or if the model blessed last has no usable training state.
      The latter is logged.

    Raises:
      TrainingStateError: if a training state named in the settings cannot be read.
    """
    if not hyperparameters.uses_warm_start:
        return StartingPoint(None)
    try:
        if not looked_up.get(FOLDER):
            reason = looked_up.get(NO_WARM_START)
            raise TrainingStateError(
                reason or _explain_missing(hyperparameters, looked_up.get(NAME, ""))
            )
        return StartingPoint(read_training_state(looked_up[FOLDER], looked_up[NAME]))
    except TrainingStateError as error:
        return _start_from_scratch(hyperparameters, error)


def check_compatible(
    start: StartingPoint, model: keras.Model, hyperparameters: Hyperparameters
) -> StartingPoint:
    """Drops the state if it does not fit the model.

    Args:
      start: result of read_starting_point.
      model: the model to train.
      hyperparameters: the settings that the model was built for.

    Returns:
      No state if there is none, or if the model blessed last has another architecture. The latter
      is logged.

    Raises:
      TrainingStateError: if a state named in the settings has another architecture.
    """
    state = start.state
    difference = find_difference(state.model, model) if state else None
    if state is None or difference is None:
        return start
    settings = [f"trainer.architecture={hyperparameters.architecture}"]
    settings += [f"trainer.{task.name}_loss={hyperparameters.loss_of(task)}" for task in _REGRESSED]
    error = TrainingStateError(
        f"Expected a training state of {_describe(model)}, for {' and '.join(settings)}. Found a "
        f"state of {_describe(state.model)} in {state.name}: {difference}. Use the settings that "
        "it was trained with, or set trainer.warm_start=none."
    )
    return _start_from_scratch(hyperparameters, error)


def warm_start_settings(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of a warm start: its learning rate, and no frozen epochs."""
    rate = hyperparameters.warm_start_learning_rate
    pretrained = hyperparameters.pretrained.model_copy(update={"frozen_epochs": 0})
    return hyperparameters.model_copy(update={"learning_rate": rate, "pretrained": pretrained})


def apply_warm_start(
    state: TrainingState,
    model: keras.Model,
    evaluation: tf.data.Dataset,
    hyperparameters: Hyperparameters,
    *,
    steps: int | None,
) -> WarmStart:
    """Transfers the training state to a model, measures the model, and logs the result.

    Args:
      state: the state, which check_compatible has accepted for this model.
      model: compiled for `hyperparameters`, not yet trained.
      evaluation: batches of the eval split.
      hyperparameters: result of `warm_start_settings`.
      steps: number of steps of the training; see trainer.optimizers.needs_steps.
    """
    kept = transfer_weights(state.model, model, make_schedule(hyperparameters, steps))
    rate = hyperparameters.learning_rate
    start = WarmStart(state.name, state.digest, kept, rate, _measure(model, evaluation))
    optimizer = "kept" if kept else "reset, as the optimizers differ"
    log_progress(
        f"warm start from {start.name}: optimizer state {optimizer}, learning rate {rate:.3g}, "
        f"loss {start.before['loss']:.4g} on the eval split before the first epoch"
    )
    return start


def _measure(model: keras.Model, evaluation: tf.data.Dataset) -> dict[str, float]:
    strategy = model.distribute_strategy
    if strategy.num_replicas_in_sync > 1:
        build_metrics(model, next(iter(evaluation)))
    measured, steps = eval_batches(strategy, evaluation)
    # Keras swaps weights and averages by addition, which rounds both. So restore them afterwards.
    before = read_state(model)
    averages = [keras.callbacks.SwapEMAWeights()] if averaged_weights(model) else []
    logs = model.evaluate(measured, steps=steps, verbose=0, return_dict=True, callbacks=averages)
    write_state(model, before)
    return {name: float(value) for name, value in logs.items()}


def _start_from_scratch(
    hyperparameters: Hyperparameters, error: TrainingStateError
) -> StartingPoint:
    """Starts from scratch with a warning if warm_start=latest; raises for a named state."""
    if hyperparameters.warm_start != LATEST:
        raise error
    log_progress(f"no warm start: training starts from scratch. {error}", logging.WARNING)
    return StartingPoint(None, str(error))


def _explain_missing(hyperparameters: Hyperparameters, name: str) -> str:
    if hyperparameters.warm_start != LATEST:
        return (
            f"Expected the training state at {hyperparameters.warm_start}, which HistoryLookup "
            "fetches, as an input of the Trainer. Found no such input; connect the output "
            "training_state of HistoryLookup."
        )
    if not name:
        return "The history has no blessed model yet."
    return f"{name}, the last blessed model, was recorded without a training state."


def _describe(model: keras.Model) -> str:
    heads = []
    for task in _REGRESSED:
        units = model.output[task.output_key].shape[-1]
        heads.append(f"{units} unit{'s' if units > 1 else ''} in the {task.name} head")
    return " with ".join(filter(None, (model.name, ", ".join(heads))))
