"""Shows the progress of a run: one line per component, and a bar for the training."""

import contextlib
import logging
import math
from collections.abc import Iterator
from typing import Any

import absl.logging
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from components.data_gate.wording import format_message
from pipeline.console.terminal import print_text
from trainer.measures.measure import NOT_AVAILABLE
from trainer.tasks import TASKS, Kind

# Their records carry data in attributes; see the modules that create these loggers.
_LOGGERS = ("utkface.components", "utkface.training", "utkface.data_gate")


@contextlib.contextmanager
def show_progress(console: Console) -> Iterator[None]:
    """Shows log records of the components, the training and the data gate on a console."""
    with _make_bars(console) as bars:
        handler = _ProgressHandler(console, bars)
        for logger in map(logging.getLogger, _LOGGERS):
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
        # The log of a run includes TFX's messages. Components save and restore absl's verbosity:
        # a level set on its logger would be lost after the first component.
        verbosity = absl.logging.get_verbosity()
        absl.logging.set_verbosity(absl.logging.INFO)
        try:
            yield
        finally:
            absl.logging.set_verbosity(verbosity)
            for logger in map(logging.getLogger, _LOGGERS):
                logger.removeHandler(handler)


@contextlib.contextmanager
def show_waiting(console: Console, what: str) -> Iterator[None]:
    """Shows a spinner for work of unknown length."""
    with _make_bars(console) as bars:
        bars.add_task(what, total=None)
        yield


def _make_bars(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # Output of libraries belongs in the log, not above the bars.
        redirect_stdout=False,
        redirect_stderr=False,
    )


class _ProgressHandler(logging.Handler):
    def __init__(self, console: Console, bars: Progress):
        super().__init__(logging.DEBUG)
        self._console = console
        self._bars = bars
        self._component: Any = None
        self._training: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        if component := getattr(record, "component", None):
            self._show_component(component, record.seconds, cached=record.cached)  # type: ignore[attr-defined]
        if finding := getattr(record, "gate_note", None):
            self._print(format_message(finding))
        if device := getattr(record, "device", None):
            self._print(f"training on {device}")
        if balance := getattr(record, "balance", None):
            self._print(balance.summarize())
            if balance.absent:
                self._print(f"no examples to train on: {', '.join(balance.absent)}", "yellow")
        if note := getattr(record, "note", None):
            self._print(note, "yellow" if record.levelno >= logging.WARNING else "")
        if training := getattr(record, "training", None):
            self._show_training(training, ended=record.levelno >= logging.INFO)

    def _print(self, text: str, style: str = "") -> None:
        print_text(self._console, f"     {text}", style)

    def _show_component(self, name: str, seconds: float | None, *, cached: bool) -> None:
        if seconds is None:
            self._component = self._bars.add_task(name, total=None)
        else:
            self._bars.remove_task(self._component)
            verb, style = ("cached", "cyan") if cached else ("done", "green")
            padded = name.ljust(24 - len(verb))
            self._console.print(f"[{style}]{verb}[/{style}] {padded} {seconds:7.1f} s")

    def _show_training(self, training: dict[str, Any], *, ended: bool) -> None:
        epoch, epochs = training["epoch"], training["epochs"]
        if self._training is None:
            self._training = self._bars.add_task("training", total=None)
        self._bars.update(
            self._training,
            total=training["steps"] and epochs * training["steps"],
            completed=(epoch - 1) * (training["steps"] or 0) + training["step"],
            description=f"epoch {epoch}/{epochs}, step {training['step']}",
        )
        if ended and not self._console.is_terminal:
            self._print(f"epoch {epoch}/{epochs}, eval split: {_metrics(training['logs'])}")
        if ended and epoch == epochs:
            self._bars.remove_task(self._training)
            self._training = None


def _metrics(logs: dict[str, float]) -> str:
    parts = []
    for task in TASKS:
        if (key := f"val_{task.history_key}") in logs:
            measure = task.measure.upper() if task.kind is Kind.REGRESSION else task.measure
            value = NOT_AVAILABLE if math.isnan(logs[key]) else f"{logs[key]:.3g}"
            parts.append(f"{task.name} {measure} {value}")
    return ", ".join(parts)
