"""Logs a record where a component of a local run starts and where it is finished."""

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

from tfx.orchestration.portable import launcher

# A listener adds a handler; without one the messages end in the log.
LOGGER = logging.getLogger("utkface.components")


class _LoggedLauncher(launcher.Launcher):
    """TFX's launcher of one component, which says when it works."""

    def __init__(self, *, pipeline_node: Any, **others: Any):
        super().__init__(pipeline_node=pipeline_node, **others)
        self._name = pipeline_node.node_info.id

    def launch(self) -> Any:
        started = time.monotonic()
        self._log("%s starts", None)
        found = super().launch()
        self._log("%s is finished", time.monotonic() - started)
        return found

    def _log(self, message: str, seconds: float | None) -> None:
        LOGGER.info(message, self._name, extra={"component": self._name, "seconds": seconds})


@contextlib.contextmanager
def log_components() -> Iterator[None]:
    """Logs what TFX's local runner does.

    A record's attribute `component` is the name of a component, and `seconds` how long it took:
    None where it starts. Of one that fails there is no second record. The runner offers no hook,
    but takes the class of its launchers from a module each time.
    """
    stock = launcher.Launcher
    launcher.Launcher = _LoggedLauncher
    try:
        yield
    finally:
        launcher.Launcher = stock
