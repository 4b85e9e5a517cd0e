"""Calls trainer.workers.process.train with a stub for the training; tests run this script.

python train_stub.py BODY OPTIONS
"""

import json
import logging
import os
import sys
import time

from trainer.workers import process
from trainer.workers.request import Request

BODY = "UTKFACE_TEST_BODY"


def training(_: Request) -> Exception | None:
    process.LOGGER.info("training on CPU", extra={"device": "CPU"})
    process.LOGGER.info("epoch 1", extra={"training": {"epoch": 1}})
    scope = {"os": os, "time": time, "error": None}
    exec(os.environ[BODY], scope)
    return scope["error"]


# Also in the process that `train` starts, which imports this script.
process._try = training


def prepare() -> None:
    print("prepared", flush=True)


def main(body: str, options: str = "{}") -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    chosen = json.loads(options)
    if chosen.pop("superseded", False):
        chosen["is_superseded"] = lambda: True
    os.environ[BODY] = body
    try:
        process.train(Request("", {}), on_epoch=lambda: print("epoch ended"), **chosen)
        print("finished")
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
