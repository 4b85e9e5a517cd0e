"""Stops or starves `utkface run` at one component; Python imports this when the command starts.

Environment variables say what happens: UTKFACE_FAULT (a key of FAULTS), UTKFACE_FAULT_AT (a
component), UTKFACE_FAULT_ON (the folder of the disk to fill, or of the control group with little
memory) and UTKFACE_FAULT_TIME (a file that gets the CPU time of the process at the fault). The
command itself is the real one.
"""

import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

_MEBIBYTE = 2**20


def _send(number: int) -> None:
    os.kill(os.getpid(), number)
    # A handler of Python runs in the next instruction.
    time.sleep(0.1)


def _run_out_of_memory(group: str) -> None:
    """Enters a control group with little memory, and asks for more than that."""
    Path(group, "cgroup.procs").write_text(str(os.getpid()))
    kept = [bytearray(os.urandom(_MEBIBYTE)) for _ in range(1024)]
    raise AssertionError(f"expected the kernel to end this process; it holds {len(kept)} MiB more")


def _fill_disk(folder: str) -> None:
    block = bytes(_MEBIBYTE)
    with contextlib.suppress(OSError), Path(folder, "filler").open("wb", buffering=0) as file:
        # A short write means that the disk is full.
        while file.write(block):
            pass


FAULTS = {
    "SIGKILL": lambda _: _send(signal.SIGKILL),
    "SIGKILL before the record": lambda _: _send(signal.SIGKILL),
    "SIGTERM": lambda _: _send(signal.SIGTERM),
    "Ctrl-C": lambda _: _send(signal.SIGINT),
    "out of memory": _run_out_of_memory,
    "full disk": _fill_disk,
}


class _Injector(logging.Handler):
    """Waits for the record that a component starts, then prepares the fault in its launcher."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "component", None) == os.environ["UTKFACE_FAULT_AT"]:
            _patch_launcher(os.environ["UTKFACE_FAULT"], os.environ.get("UTKFACE_FAULT_ON", ""))


def _patch_launcher(fault: str, on: str) -> None:
    stock = sys.modules["tfx.orchestration.portable.launcher"].Launcher
    # A component that has run, but is not recorded: the worst moment.
    name = "_publish_successful_execution" if "record" in fault else "_run_executor"
    while name not in vars(stock):
        stock = stock.__base__
    method = getattr(stock, name)

    def faulty(self: object, *arguments: object) -> object:
        setattr(stock, name, method)
        Path(os.environ["UTKFACE_FAULT_TIME"]).write_text(str(time.process_time()))
        FAULTS[fault](on)
        return method(self, *arguments)

    setattr(stock, name, faulty)


if os.environ.get("UTKFACE_FAULT"):
    logger = logging.getLogger("utkface.components")
    logger.setLevel(logging.INFO)
    logger.addHandler(_Injector(logging.INFO))
