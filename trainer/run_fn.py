"""The Trainer component's entry point."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx import v1 as tfx

from trainer import devices, models, progress
from trainer.balance import Balance
from trainer.hyperparameters import Hyperparameters
from trainer.input_fn import input_fn, read_records
from trainer.losses import compile_model
from trainer.rebalancing import count_groups
from trainer.signatures import ServingModule


def keep_best_weights(epochs: int) -> keras.callbacks.Callback:
    """Puts back, at the end, the weights of the epoch with the least loss on the eval split.

    As the tutorial's checkpoint does: the loss jumps from epoch to epoch, and the last
    one may be a bad one. The patience is too long for the training ever to stop early.
    """
    return keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=epochs, restore_best_weights=True
    )


def find_balance(
    train_files: Sequence[str], hyperparameters: Hyperparameters, folder: str
) -> Balance | None:
    """Weighs the groups of the train split, tells how, and writes it down.

    Args:
      train_files: globs of transformed examples.
      hyperparameters: say whether and how to rebalance.
      folder: where trainer.balance.BALANCE_FILE goes.

    Returns:
      What to rebalance by; None to take the split as it is, and nothing is written then.
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


def fit(
    model: keras.Model,
    train: tf.data.Dataset,
    evaluation: tf.data.Dataset,
    hyperparameters: Hyperparameters,
) -> None:
    """Trains a compiled model.

    Args:
      model: the model.
      train: batches, each of them once.
      evaluation: batches to measure each epoch on.
      hyperparameters: say for how long.
    """
    epochs, steps = hyperparameters.epochs, hyperparameters.steps_per_epoch or None
    model.fit(
        # A short epoch goes on where the one before it stopped.
        train.repeat() if steps else train,
        validation_data=evaluation,
        epochs=epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[progress.ProgressCallback(), keep_best_weights(epochs)],
    )


def run_fn(fn_args: tfx.components.FnArgs) -> None:
    """Trains a model and exports it with its serving signatures.

    Args:
      fn_args: `train_files` and `eval_files` are transformed examples,
        `transform_graph_path` the Transform output, `custom_config` the fields of
        Hyperparameters. The SavedModel goes to `serving_model_dir`; how the groups were
        rebalanced, if they were, to `model_run_dir`.
    """
    hyperparameters = Hyperparameters(**fn_args.custom_config)
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    keras.utils.set_random_seed(hyperparameters.seed)

    train = input_fn(
        fn_args.train_files,
        transform_output,
        batch_size=hyperparameters.batch_size,
        shuffle_seed=hyperparameters.seed,
        balance=find_balance(fn_args.train_files, hyperparameters, fn_args.model_run_dir),
    )
    evaluation = input_fn(
        fn_args.eval_files, transform_output, batch_size=hyperparameters.batch_size
    )

    strategy = devices.distribution_strategy()
    device = devices.describe(strategy)
    progress.LOGGER.info("training on %s", device, extra={"device": device})
    with strategy.scope():
        model = models.build(hyperparameters.architecture)
        compile_model(model, hyperparameters)
    fit(model, train, evaluation, hyperparameters)

    ServingModule(model, transform_output).save(fn_args.serving_model_dir)
