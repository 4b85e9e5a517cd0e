"""Warm starts: a training starts from an earlier training state, with its own learning rate."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from trainer.optimizers import make_schedule
from trainer.progress import log_progress
from trainer.runtime.multi_worker import prepare_for_workers
from trainer.settings.hyperparameters import LATEST, Hyperparameters
from trainer.state.model_state import averaged_weights, read_state, write_state
from trainer.state.training_state import TrainingState, TrainingStateError, read_training_state
from trainer.state.weight_transfer import find_difference, transfer_weights
from trainer.tasks import TASKS, Kind

# Key of the Trainer's `custom_config`, beside the fields of Hyperparameters, and input of its
# component. FOLDER has a training_state.TRAINING_STATE_FILE, and NAME is its name. Without a
# FOLDER there is no training state; WHY may give the reason.
TRAINING_STATE = "training_state"
FOLDER = "folder"
NAME = "name"
WHY = "why_not"

_REGRESSED = tuple(task for task in TASKS if task.kind is Kind.REGRESSION)


@dataclass(frozen=True)
class Beginning:
    """The starting point of a training.

    Attributes:
      state: the training state; None to start from scratch.
      why_not: why a requested training state is missing; empty otherwise.
    """

    state: TrainingState | None
    why_not: str = ""


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


def find_state(hyperparameters: Hyperparameters, found: Mapping[str, str]) -> Beginning:
    """Reads the training state to start from.

    Args:
      hyperparameters: set whether to start warm.
      found: the value of TRAINING_STATE in `custom_config`.

    Returns:
      No state if the settings say so, or if the model blessed last has no usable training state.
      The latter is logged.

    Raises:
      TrainingStateError: if a training state named in the settings cannot be read.
    """
    if not hyperparameters.begins_warm:
        return Beginning(None)
    try:
        if not found.get(FOLDER):
            why = found.get(WHY) or _describe_nothing(hyperparameters, found.get(NAME, ""))
            raise TrainingStateError(why)
        return Beginning(read_training_state(found[FOLDER], found[NAME]))
    except TrainingStateError as error:
        return _go_without(hyperparameters, error)


def admit(beginning: Beginning, model: keras.Model, hyperparameters: Hyperparameters) -> Beginning:
    """Drops the state if it does not fit the model.

    Args:
      beginning: result of find_state.
      model: the model to train.
      hyperparameters: the settings that the model was built for.

    Returns:
      No state if there is none, or if the model blessed last has another architecture. The latter
      is logged.

    Raises:
      TrainingStateError: if a state named in the settings has another architecture.
    """
    state = beginning.state
    difference = find_difference(state.model, model) if state else None
    if state is None or difference is None:
        return beginning
    settings = [f"trainer.architecture={hyperparameters.architecture}"]
    settings += [f"trainer.{task.name}_loss={hyperparameters.loss_of(task)}" for task in _REGRESSED]
    error = TrainingStateError(
        f"Expected a training state of {_describe(model)}, for {' and '.join(settings)}. That of "
        f"{state.name} is of {_describe(state.model)}: {difference}. Give the settings that it was "
        "trained with, or set trainer.warm_start=none."
    )
    return _go_without(hyperparameters, error)


def warmed(hyperparameters: Hyperparameters) -> Hyperparameters:
    """Returns the settings of a warm start: its learning rate, and no frozen epochs."""
    rate = hyperparameters.warm_start_learning_rate
    pretrained = hyperparameters.pretrained.model_copy(update={"frozen_epochs": 0})
    return hyperparameters.model_copy(update={"learning_rate": rate, "pretrained": pretrained})


def begin(
    state: TrainingState,
    model: keras.Model,
    evaluation: tf.data.Dataset,
    hyperparameters: Hyperparameters,
    *,
    steps: int | None,
) -> WarmStart:
    """Transfers the training state to a model, measures the model, and logs the result.

    Args:
      state: the state, which passed `admit` for this model.
      model: compiled for `hyperparameters`, not yet trained.
      evaluation: batches of the eval split.
      hyperparameters: result of `warmed`.
      steps: number of steps of the training; see trainer.optimizers.needs_steps.
    """
    kept = transfer_weights(state.model, model, make_schedule(hyperparameters, steps))
    rate = hyperparameters.learning_rate
    start = WarmStart(state.name, state.digest, kept, rate, _measure(model, evaluation))
    optimizer = "the optimizer goes on" if kept else "the optimizer differs and begins anew"
    words = (
        f"warm start from {start.name}: {optimizer}, learning rate {rate:.3g}, loss "
        f"{start.before['loss']:.4g} on the eval split before the first epoch"
    )
    log_progress(words)
    return start


def _measure(model: keras.Model, evaluation: tf.data.Dataset) -> dict[str, float]:
    if isinstance(model.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
        prepare_for_workers(model, next(iter(evaluation)))
    # Keras swaps weights and averages by addition, which rounds both. So restore them afterwards.
    before = read_state(model)
    averages = [keras.callbacks.SwapEMAWeights()] if averaged_weights(model) else []
    logs = model.evaluate(evaluation, verbose=0, return_dict=True, callbacks=averages)
    write_state(model, before)
    return {name: float(value) for name, value in logs.items()}


def _go_without(hyperparameters: Hyperparameters, error: TrainingStateError) -> Beginning:
    """Starts from scratch with a warning if warm_start=latest; raises for a named state."""
    if hyperparameters.warm_start != LATEST:
        raise error
    words = f"no warm start, but training from scratch. {error}"
    log_progress(words, logging.WARNING)
    return Beginning(None, str(error))


def _describe_nothing(hyperparameters: Hyperparameters, name: str) -> str:
    if hyperparameters.warm_start != LATEST:
        return (
            f"Expected the Trainer to be given the training state at {hyperparameters.warm_start}, "
            "which HistoryLookup fetches. Found no such input; connect its output training_state."
        )
    if not name:
        return "There is no blessed model in the history yet."
    return f"{name}, the last blessed model, was recorded without a training state."


def _describe(model: keras.Model) -> str:
    heads = []
    for task in _REGRESSED:
        units = model.output[task.output_key].shape[-1]
        heads.append(f"{units} unit{'s' if units > 1 else ''} in the {task.name} head")
    return " with ".join(filter(None, (model.name, ", ".join(heads))))
