"""A worker other than the chief: it joins a training, and joins it again after a loss."""

import functools
import logging
import time

from trainer.progress import log_progress
from trainer.workers.process import WorkerLostError, train
from trainer.workers.request import Request, read_request

_POLL_SECONDS = 1.0


def join_training(folder: str, *, prepare: str = "", output: str) -> None:
    """Takes part in the next training that ends.

    Args:
      folder: folder of the checkpoints, where the chief writes its request.
      prepare: see trainer.workers.process.train.
      output: file for the output of the training process.

    Raises:
      Exception: the error of the training, which all workers raise.
    """
    last = ""
    while True:
        request = _wait_for_request(folder, last)
        last = request.attempt
        log_progress("joining the training of the chief")
        try:
            train(
                request,
                prepare=prepare,
                output=output,
                is_superseded=functools.partial(_has_later, folder, last),
            )
        except WorkerLostError as error:
            log_progress(f"the training was interrupted: {error}", logging.WARNING)
            continue
        return


def _wait_for_request(folder: str, last: str) -> Request:
    log_progress("waiting for the chief")
    while not (request := read_request(folder)) or request.attempt == last:
        time.sleep(_POLL_SECONDS)
    return request


def _has_later(folder: str, attempt: str) -> bool:
    request = read_request(folder)
    return request is not None and request.attempt != attempt
