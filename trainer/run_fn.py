"""The Trainer component's entry point."""

import contextlib
import copy
import functools
import tempfile
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer import models, progress
from trainer.data.balance import Balance
from trainer.data.rebalancing import count_groups
from trainer.fit.fine_tuning import FineTuning, first_phase, second_phase
from trainer.fit.fitting import fit
from trainer.fit.training_curves import LOGS_FOLDER, ScalarLogs, write_history
from trainer.input_fn import input_fn, read_image_format, read_passes, read_records
from trainer.losses.task_losses import compile_model
from trainer.models.batch_normalization import synchronize
from trainer.models.pretrained_weights import digest_weights
from trainer.optimizers import count_steps, make_schedule
from trainer.runtime import devices
from trainer.runtime.precision import dtype_policy, dtype_policy_scope
from trainer.runtime.replicas import Replicas
from trainer.runtime.tf_config import is_chief
from trainer.settings.hyperparameters import Hyperparameters
from trainer.signatures import ServingModule
from trainer.state import warm_start
from trainer.state.checkpoints import CHECKPOINTS, CheckpointFolder, training_key
from trainer.state.model_state import averaged_weights
from trainer.state.training_state import TrainingState, write_training_state

# Settings that do not identify a training. `learning_rate` already is the rate in use.
_NOT_IN_THE_KEY = {
    *("checkpoint_every_epochs", "warm_start", "warm_start_learning_rate"),
    "workers_timeout_minutes",
}


def make_balance(
    train_files: Sequence[str], hyperparameters: Hyperparameters, folder: str
) -> Balance | None:
    """Computes, logs and writes the weights of the groups of the train split.

    Args:
      train_files: globs of transformed examples.
      hyperparameters: set whether and how to rebalance.
      folder: folder for trainer.data.balance.BALANCE_FILE.

    Returns:
      The balance; None, with no file written, if the split is not rebalanced.
    """
    if hyperparameters.rebalance == "none":
        return None
    balance = Balance(
        method=hyperparameters.rebalance,
        max_weight=hyperparameters.rebalance_max_weight,
        counts=count_groups(read_records(train_files)),
    )
    progress.LOGGER.info(
        "rebalancing by %s: %s", balance.method, balance.describe(), extra={"balance": balance}
    )
    if balance.absent:
        progress.LOGGER.warning("no examples to train on: %s", ", ".join(balance.absent))
    balance.save(folder)
    return balance


def count_records(patterns: Sequence[str]) -> int:
    """Counts records; rebalancing does not change their number."""
    return int(read_records(patterns).reduce(tf.constant(0, tf.int64), lambda count, _: count + 1))


def open_checkpoints(
    uri: str,
    fn_args: FnArgs,
    hyperparameters: Hyperparameters,
    state: TrainingState | None = None,
) -> CheckpointFolder | None:
    """Returns the checkpoints of the training with the same data, settings, code and start.

    Args:
      uri: the folder of the checkpoints of all trainings; empty disables checkpoints.
      fn_args: have the paths of the examples.
      hyperparameters: the settings. Pretrained weights are identified by content. Settings that
        change no result, e.g. how often a checkpoint is written, are ignored.
      state: training state of a warm start, identified by content; None if the training starts
        from scratch.
    """
    if not uri:
        return None
    splits = (read_records(fn_args.train_files), read_records(fn_args.eval_files))
    settings = hyperparameters.model_dump(mode="json", exclude=_NOT_IN_THE_KEY)
    settings[warm_start.TRAINING_STATE] = state and state.digest
    if hyperparameters.architecture == "pretrained" and hyperparameters.pretrained.weights:
        settings["weights"] = digest_weights(hyperparameters.pretrained)
    return CheckpointFolder(uri, training_key(splits, settings))


def export(
    model: keras.Model,
    transform_output: tft.TFTransformOutput,
    fn_args: FnArgs,
    *,
    mirrored: bool,
) -> None:
    """Writes the SavedModel, and the model with its training state.

    Args:
      model: the model after fit.
      transform_output: becomes part of the SavedModel.
      fn_args: have the folders to write to.
      mirrored: whether the SavedModel also predicts the mirror image and averages.
    """
    write_training_state(model, fn_args.model_run_dir)
    if averaged_weights(model):
        # The averaged weights were measured on the eval split, and are served.
        model.optimizer.finalize_variable_values(model.trainable_variables)
    ServingModule(model, transform_output, mirrored=mirrored).save(fn_args.serving_model_dir)


def run_fn(fn_args: FnArgs) -> None:
    """Trains a model and exports it with its serving signatures.

    An interrupted training resumes after the last epoch with a checkpoint. A finished training
    deletes its checkpoints, so another run of the same training starts over.

    Args:
      fn_args: `train_files` and `eval_files` are transformed examples, `transform_graph_path` is
        the Transform output. `custom_config` has the fields of Hyperparameters, the folder
        CHECKPOINTS, and the TRAINING_STATE for a warm start; see trainer.state.warm_start. The
        SavedModel goes to `serving_model_dir`. The model with its training state, the history,
        the logs and the balance of the groups, if any, go to `model_run_dir`.

    Raises:
      DivergenceError: if the loss is NaN, infinite or has exploded.
      TrainingStateError: if the training state of the warm start does not fit.
      PretrainedError: if the network or the weights in the settings cannot be used.
    """
    settings = dict(fn_args.custom_config)
    checkpoints = settings.pop(CHECKPOINTS, "")
    looked_up = settings.pop(warm_start.TRAINING_STATE, {})
    hyperparameters = Hyperparameters(**settings)
    strategy = devices.distribution_strategy()
    chief = is_chief()
    if hyperparameters.deterministic:
        tf.config.experimental.enable_op_determinism()
    # Before the seed is set, because Keras draws random numbers to build the model that it loads.
    start = warm_start.read_starting_point(hyperparameters, looked_up)
    keras.utils.set_random_seed(hyperparameters.seed)

    with contextlib.ExitStack() as stack:
        if not chief:
            # Every worker must take part in reading the variables. Only the chief's files are kept.
            scratch = stack.enter_context(tempfile.TemporaryDirectory())
            fn_args = copy.copy(fn_args)
            fn_args.serving_model_dir = f"{scratch}/serving"
            fn_args.model_run_dir = f"{scratch}/model_run"
        _train(fn_args, hyperparameters, checkpoints, strategy, start, chief=chief)


def _train(
    fn_args: FnArgs,
    hyperparameters: Hyperparameters,
    checkpoints: str,
    strategy: tf.distribute.Strategy,
    start: warm_start.StartingPoint,
    *,
    chief: bool,
) -> None:
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    images = read_image_format(fn_args.train_files)
    replicas = Replicas.of(strategy)
    replicas.check(
        batch_size=hyperparameters.batch_size, examples=count_records(fn_args.eval_files)
    )
    passes = read_passes(
        fn_args.train_files,
        transform_output,
        batch_size=hyperparameters.batch_size,
        balance=make_balance(fn_args.train_files, hyperparameters, fn_args.model_run_dir),
        augmentation=hyperparameters.augmentation,
        mixing=hyperparameters.mixing,
        mixing_alpha=hyperparameters.mixing_alpha,
        replicas=replicas,
    )
    evaluation = input_fn(
        fn_args.eval_files,
        transform_output,
        batch_size=hyperparameters.batch_size,
        replicas=replicas,
    )

    device = devices.describe(strategy)
    progress.LOGGER.info("training on %s", device, extra={"device": device})
    with strategy.scope(), dtype_policy_scope(dtype_policy(hyperparameters.mixed_precision)):
        model = models.build(hyperparameters, images)
        if replicas.total > 1:
            synchronize(model)
        start = warm_start.check_compatible(start, model, hyperparameters)
        state = start.state
        if state:
            hyperparameters = warm_start.warm_start_settings(hyperparameters)
        first, second = first_phase(hyperparameters), second_phase(hyperparameters)
        count = functools.cache(lambda: count_records(fn_args.train_files))
        steps = count_steps(first, count)
        model = compile_model(model, first, steps=steps)
    warm = None
    if state:
        warm = warm_start.apply_warm_start(state, model, evaluation, hyperparameters, steps=steps)

    folder = open_checkpoints(checkpoints, fn_args, hyperparameters, state)
    devices.check_agreement(strategy, folder.describe() if folder else "no checkpoints")
    if folder and chief:
        folder.remove_other_trainings()
    fine_tuning = None
    if hyperparameters.frozen_epochs:
        schedule = make_schedule(second, count_steps(second, count))
        fine_tuning = FineTuning(hyperparameters.frozen_epochs, schedule)
    training = fit(
        model,
        passes,
        evaluation,
        hyperparameters,
        folder=folder,
        writes=chief,
        rate_setting="warm_start_learning_rate" if state else "learning_rate",
        fine_tuning=fine_tuning,
        callbacks=[ScalarLogs(f"{fn_args.model_run_dir}/{LOGS_FOLDER}")],
    )

    write_history(
        fn_args.model_run_dir,
        training.history,
        hyperparameters=hyperparameters.model_dump(mode="json"),
        best_epoch=training.best_epoch,
        resumed_after=training.resumed_after,
        warm_start=warm.as_dict() if warm else None,
        no_warm_start=start.no_warm_start,
        image_size=images.size,
    )
    export(model, transform_output, fn_args, mirrored=hyperparameters.average_mirrored)
    # A worker lost until now needs the checkpoints again.
    devices.wait_for_all(strategy)
    if folder and chief:
        folder.remove()
