"""The chief of a training: it asks the other workers to join, and replaces lost attempts."""

import logging

from tfx.components.trainer.fn_args_utils import FnArgs

from trainer.progress import log_progress
from trainer.runtime.tf_config import addresses
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.checkpoints import CHECKPOINTS
from trainer.state.warm_start import TRAINING_STATE
from trainer.workers.process import NoWorkersError, WorkerLostError, train
from trainer.workers.request import Request, remove_request

# Attempts without a finished epoch in between.
_ATTEMPTS = 3


def run_fn(fn_args: FnArgs, *, prepare: str = "") -> None:
    """Trains as trainer.run_fn does, together with the other workers in TF_CONFIG.

    A worker that is lost ends the attempt of all workers. The next attempt waits for them again,
    and continues from the last checkpoint.

    Args:
      fn_args: see trainer.run_fn. Their paths must be those of all workers.
      prepare: see trainer.workers.process.train.

    Raises:
      NoWorkersError: if not all workers join in time.
      WorkerLostError: if workers are lost again and again.
      ValueError: if there is no folder for checkpoints.
    """
    settings = dict(fn_args.custom_config)
    folder, _ = settings.pop(CHECKPOINTS, ""), settings.pop(TRAINING_STATE, None)
    if not folder:
        raise ValueError("Expected a folder for checkpoints, which several workers need.")
    minutes = Hyperparameters(**settings).workers_timeout_minutes
    others = ", ".join(addresses()[1:])
    failures = 0

    def reset_failures() -> None:
        nonlocal failures
        failures = 0

    try:
        while True:
            request = Request.of(fn_args)
            request.write(folder)
            log_progress(f"waiting for the other workers: {others}")
            try:
                train(
                    request,
                    prepare=prepare,
                    join_seconds=minutes * 60,
                    on_epoch=reset_failures,
                )
            except WorkerLostError as error:
                failures += 1
                if failures == _ATTEMPTS:
                    raise WorkerLostError(
                        f"Expected an epoch without a lost worker. Lost workers {failures} times "
                        f"in a row, at last: {error}. See the output of `utkface worker` on "
                        f"{others}. Run the same command again: training continues from the last "
                        "checkpoint."
                    ) from error
                log_progress(
                    f"lost a worker: {error}. Training continues from the last checkpoint once "
                    "all workers are back",
                    logging.WARNING,
                )
                continue
            except TimeoutError:
                raise NoWorkersError(
                    f"Expected all workers to join within {minutes:g} minutes "
                    f"(trainer.workers_timeout_minutes). Not all of {others} did. Start `utkface "
                    "worker` with the same root there, each with its own task in TF_CONFIG, and "
                    "run the same command again: training continues from the last checkpoint."
                ) from None
            return
    finally:
        remove_request(folder)
