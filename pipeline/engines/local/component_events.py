"""Logs a record when a component of a local run starts and when it finishes."""

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

from tfx.orchestration.portable import launcher

# A listener adds a handler; without a handler the messages only reach the log.
LOGGER = logging.getLogger("utkface.components")


class _LoggedLauncher(launcher.Launcher):
    """TFX's launcher of a component, which also logs its start and its end."""

    def __init__(self, *, pipeline_node: Any, **others: Any):
        super().__init__(pipeline_node=pipeline_node, **others)
        self._name = pipeline_node.node_info.id

    def launch(self) -> Any:
        started = time.monotonic()
        self._log("%s starts", None)
        found = super().launch()
        seconds = time.monotonic() - started
        # An execution that uses earlier results has outputs, but nothing was executed.
        if found and found.output_dict and not found.execution_output_uri:
            self._log("%s reuses earlier results", seconds, cached=True)
        else:
            self._log("%s is finished", seconds)
        return found

    def _log(self, message: str, seconds: float | None, *, cached: bool = False) -> None:
        facts = {"component": self._name, "seconds": seconds, "cached": cached}
        LOGGER.info(message, self._name, extra=facts)


@contextlib.contextmanager
def log_components() -> Iterator[None]:
    """Logs the start and the end of each component in TFX's local runner.

    A record's attribute `component` is the name of the component, `seconds` its duration, or
    None at the start, and `cached` whether it reuses results of an earlier run. A failed component
    has no second record. The runner offers no hook, but looks up its launcher class in a module
    each time.
    """
    stock = launcher.Launcher
    launcher.Launcher = _LoggedLauncher
    try:
        yield
    finally:
        launcher.Launcher = stock
