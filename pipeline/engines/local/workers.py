"""Several workers that train together: the checks before a run, and `utkface worker`."""

import logging
import os
from pathlib import Path

from rich.console import Console

from components.errors import InputError, OperationError
from pipeline.console.progress import show_progress, show_waiting
from pipeline.console.quiet import quiet_stderr
from pipeline.console.stopping import stop_signals
from pipeline.layout import RootLayout
from pipeline.root.storage import RootStorage
from pipeline.settings.config import PipelineConfig
from trainer.runtime import tf_config


def check_workers(config: PipelineConfig) -> None:
    """Checks the settings of a run with several workers in TF_CONFIG, before anything runs.

    Raises:
      InputError: if TF_CONFIG is invalid, this process is not the chief, or the settings do not
        suit several workers.
    """
    workers = _check_tf_config()
    if workers < 2:
        return
    if not tf_config.is_chief():
        raise InputError(
            f"{tf_config.VARIABLE}: expected the chief, which runs the pipeline; this is worker "
            f"{tf_config.worker_number()} of {workers}, counted from 0. Run `utkface worker --root "
            f"{config.root}` here, and `utkface run` on the chief, {tf_config.addresses()[0]}."
        )
    if config.trainer.batch_size < 2 * workers:
        raise InputError(
            f"trainer.batch_size: expected at least {2 * workers}, two examples for each of "
            f"{workers} workers; found {config.trainer.batch_size}"
        )
    if config.artifacts is not None:
        raise InputError(
            "artifacts: expected null with several workers, which read the transformed examples in "
            f"the root that they share; found {config.artifacts}"
        )
    if config.trainer.jit_compile:
        raise InputError("trainer.jit_compile: expected false with several workers; found true")
    # The training is a process of its own, and needs the memory of the GPUs that this one uses.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def work(root: Path) -> None:
    """Takes part in the next training of a root, until it ends.

    Args:
      root: the root of the chief's run, at the same path.

    Raises:
      InputError: if TF_CONFIG is invalid, this is the chief or the only worker, or the root is not
        writable.
      OperationError: if the training fails.
    """
    workers = _check_tf_config()
    if workers < 2 or tf_config.is_chief():
        found = "the chief" if workers > 1 else "a single worker"
        raise InputError(
            f"{tf_config.VARIABLE}: expected several workers, and this one to be another than the "
            f"chief; found {found}. Start the chief with `utkface run`."
        )
    layout = RootLayout(root.resolve())
    checkpoints = RootStorage.of(layout.root).checkpoints
    try:
        # The chief may start later.
        layout.workers.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{root}: expected a writable folder; {error.strerror}") from None
    log = layout.workers / f"{tf_config.worker_number()}.log"
    console = Console()
    console.print(f"worker {tf_config.worker_number()} of {workers}, log in {log}", soft_wrap=True)
    with stop_signals() as signals, show_progress(console):
        try:
            with show_waiting(console, "loading TensorFlow and TFX"), quiet_stderr():
                from components.storage import object_store
                from components.utkface_trainer.workers import PREPARE
                from trainer.progress import LOGGER
                from trainer.workers.worker import join_training
            object_store.register()
            # The handlers of the root logger would repeat the progress.
            LOGGER.propagate = False
            join_training(checkpoints, prepare=PREPARE, output=str(log))
        except Exception as error:
            if signals.stopped:
                raise signals.stopped from None
            logging.getLogger(__name__).debug("The training failed.", exc_info=True)
            raise OperationError(f"{type(error).__name__}: {error}") from error
    console.print("done")


def _check_tf_config() -> int:
    try:
        tf_config.check()
    except ValueError as error:
        raise InputError(str(error)) from None
    return tf_config.count_workers()
