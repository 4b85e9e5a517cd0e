"""A full disk under a root is told in one line with the root, whichever library meets it."""

import errno
import subprocess
import sys

import pytest
import tensorflow as tf
from ml_metadata import errors as mlmd_errors

from components.errors import InputError, ResourceError
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.root.full_disk import report_full_disk

TRACE = 'Traceback (most recent call last):\n  File "a.py", line 9, in f\n    write()\n'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "OSError: [Errno 28] No space left"),
        (
            # Keras's, of weights in HDF5.
            OSError("[Errno 28] Can't synchronously write data (file write failed: errno = 28, "
                    "error message = 'No space left on device')"),
            "OSError: [Errno 28] Can't synchronously write data",
        ),
        (
            tf.errors.ResourceExhaustedError(None, None, "/r/x; No space left on device\n\nmore"),
            "ResourceExhaustedError: /r/x; No space left on device more",
        ),
        (
            mlmd_errors.InternalError("sqlite: database or disk is full"),
            "InternalError: ",
        ),
        (
            RuntimeError(f"{TRACE}OSError: [Errno 28] No space left on device\n"),
            "OSError: [Errno 28] No space left on device.",
        ),
    ],
)  # fmt: skip
def test_it_is_told_with_the_root_and_what_to_do(error: Exception, words: str, tmp_path) -> None:
    with pytest.raises(ResourceError) as caught, report_full_disk(tmp_path):
        raise error
    code, message = explain(caught.value)
    assert code is ExitCode.FAILED
    assert message.startswith(
        f"Failed: {tmp_path}: expected room on the disk; writing stopped with {words}"
    )
    assert message.endswith(
        "Free space there, or choose another --root, and run the same command again."
    )
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    "error",
    [
        InputError("/No space left on device/a.tar: expected a whole tar archive"),
        ResourceError("/elsewhere: expected room on the disk; No space left on device"),
        PermissionError(errno.EACCES, "Permission denied"),
        RuntimeError(f"{TRACE}components.errors.InputError: a: No space left on device"),
        KeyboardInterrupt(),
    ],
)
def test_all_else_is_left_as_it_is(error: BaseException, tmp_path) -> None:
    with pytest.raises(type(error)) as caught, report_full_disk(tmp_path):
        raise error
    assert caught.value is error


RUN_WITH_A_FULL_LOG = """
import logging, sys
from pipeline.root import run_folder
from pipeline.settings.config import load_config
from pipeline.console.exit_codes import explain
run_folder._LOG_FILE = "/dev/full"
try:
    with run_folder.open_run(load_config(data=sys.argv[1], root=sys.argv[1] + "/root")) as run:
        print("for the log " * 10_000)
        logging.info("for the log")
        raise OSError(28, "No space left on device")
except Exception as error:
    print(explain(error)[1])
"""


def test_a_log_on_a_full_disk_does_not_hide_why_the_run_ended(tmp_path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN_WITH_A_FULL_LOG, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    run, told = ended.stdout.splitlines()
    assert run.startswith("run  ") and ended.stderr == ""
    assert told.startswith(f"Failed: {tmp_path}/root: expected room on the disk; ")
