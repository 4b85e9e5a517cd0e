"""Retraining: a training that begins with what an earlier one came to, at a rate of its own."""

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

# The key of the Trainer's `custom_config` beside the fields of Hyperparameters, and the name of
# its component's input: FOLDER has a training_state.TRAINING_STATE_FILE, NAME is what to
# call it. No folder says that none was found, and WHY may say why.
TRAINING_STATE = "training_state"
FOLDER = "folder"
NAME = "name"
WHY = "why_not"

_REGRESSED = tuple(task for task in TASKS if task.kind is Kind.REGRESSION)


@dataclass(frozen=True)
class Beginning:
    """What a training begins with.

    Attributes:
      state: None if it begins from scratch.
      why_not: why there is none although one was asked for; empty otherwise.
    """

    state: TrainingState | None
    why_not: str = ""


@dataclass(frozen=True)
class WarmStart:
    """How a training began.

    Attributes:
      name: the entry of the history with the training state, or the path that was named.
      digest: SHA-256 of its file, 64 hexadecimal digits.
      optimizer_kept: whether the optimizer goes on; it begins anew where it differs.
      learning_rate: the highest of the schedule.
      before: the loss and the metrics on the eval split before the first epoch.
    """

    name: str
    digest: str
    optimizer_kept: bool
    learning_rate: float
    before: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Returns it as trainer.fit.training_curves.HISTORY_FILE has it."""
        return {
            "from": self.name,
            "sha256": self.digest,
            "optimizer": "kept" if self.optimizer_kept else "new",
            "learning_rate": self.learning_rate,
            "before": dict(self.before),
        }


def find_state(hyperparameters: Hyperparameters, found: Mapping[str, str]) -> Beginning:
    """Reads what to begin with.

    Args:
      hyperparameters: say whether to.
      found: what TRAINING_STATE has in `custom_config`.

    Returns:
      No state if the training begins from scratch: because it is told to, or because the last
      blessed model has no training state that will do, which is logged.

    Raises:
      TrainingStateError: if a named training state cannot be read.
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
    """Leaves the state out unless it is one of such a model.

    Args:
      beginning: as find_state gives it.
      model: to be trained.
      hyperparameters: say what it was built for.

    Returns:
      No state if there is none; or if the last blessed model is of another architecture, which
      is logged.

    Raises:
      TrainingStateError: if a named state is of another architecture.
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
    """Returns the settings of a training that has something to begin with: also its heads."""
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
    """Gives a model the training state, measures it, and tells.

    Args:
      state: admitted for the model.
      model: compiled for `hyperparameters`, not yet trained.
      evaluation: batches of the eval split.
      hyperparameters: warmed.
      steps: of the whole training; see trainer.optimizers.needs_steps.
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
    # Keras swaps weights and averages by sums, which leaves neither quite as it was.
    before = read_state(model)
    averages = [keras.callbacks.SwapEMAWeights()] if averaged_weights(model) else []
    logs = model.evaluate(evaluation, verbose=0, return_dict=True, callbacks=averages)
    write_state(model, before)
    return {name: float(value) for name, value in logs.items()}


def _go_without(hyperparameters: Hyperparameters, error: TrainingStateError) -> Beginning:
    """Lets what retrains unattended go on, whatever was blessed last; a named state must do."""
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
