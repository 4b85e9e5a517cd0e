"""Shows how far a run is: a line a component, a bar for the training."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import absl.logging
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from components.data_gate.wording import message_of
from pipeline.terminal import print_text
from trainer.tasks import TASKS, Kind

_COMPONENT_LOGGER = "utkface.components"
_TRAINING_LOGGER = "utkface.training"
_GATE_LOGGER = "utkface.data_gate"


@contextlib.contextmanager
def show_progress(console: Console) -> Iterator[None]:
    """Follows what components, the training and the data gate log, and shows it on a console."""
    with _make_bars(console) as bars:
        handlers = {
            _COMPONENT_LOGGER: _ComponentHandler(console, bars),
            _TRAINING_LOGGER: _TrainingHandler(console, bars),
            _GATE_LOGGER: _GateHandler(console),
        }
        for name, handler in handlers.items():
            logging.getLogger(name).addHandler(handler)
        # The log of a run has what TFX says. Components save absl's verbosity and put it back: a
        # level set on its logger would be lost after the first of them.
        verbosity = absl.logging.get_verbosity()
        absl.logging.set_verbosity(absl.logging.INFO)
        logging.getLogger(_COMPONENT_LOGGER).setLevel(logging.INFO)
        logging.getLogger(_TRAINING_LOGGER).setLevel(logging.DEBUG)
        logging.getLogger(_GATE_LOGGER).setLevel(logging.INFO)
        try:
            yield
        finally:
            absl.logging.set_verbosity(verbosity)
            for name, handler in handlers.items():
                logging.getLogger(name).removeHandler(handler)


@contextlib.contextmanager
def show_waiting(console: Console, what: str) -> Iterator[None]:
    """Shows that something is under way of which no progress is known."""
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
        # What libraries print belongs to the log, not above the bars.
        redirect_stdout=False,
        redirect_stderr=False,
    )


class _ComponentHandler(logging.Handler):
    def __init__(self, console: Console, bars: Progress):
        super().__init__(logging.INFO)
        self._console = console
        self._bars = bars
        self._task: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        name, seconds = getattr(record, "component", ""), getattr(record, "seconds", None)
        if seconds is None:
            self._task = self._bars.add_task(name, total=None)
        else:
            self._bars.remove_task(self._task)
            self._console.print(f"[green]done[/green] {name:<20} {seconds:7.1f} s")


class _GateHandler(logging.Handler):
    def __init__(self, console: Console):
        super().__init__(logging.INFO)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        if note := getattr(record, "gate_note", None):
            print_text(self._console, f"     {message_of(note)}")


class _TrainingHandler(logging.Handler):
    def __init__(self, console: Console, bars: Progress):
        super().__init__(logging.DEBUG)
        self._console = console
        self._bars = bars
        self._task: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        if device := getattr(record, "device", None):
            print_text(self._console, f"     training on {device}")
        if balance := getattr(record, "balance", None):
            print_text(self._console, f"     {balance.summarise()}")
            if balance.absent:
                absent = ", ".join(balance.absent)
                print_text(self._console, f"     no examples to train on: {absent}", "yellow")
        if words := getattr(record, "note", None):
            style = "yellow" if record.levelno >= logging.WARNING else ""
            print_text(self._console, f"     {words}", style)
        training = getattr(record, "training", None)
        if training is None:
            return
        epoch, epochs = training["epoch"], training["epochs"]
        if self._task is None:
            self._task = self._bars.add_task("training", total=None)
        total = training["steps"] and epochs * training["steps"]
        done = (epoch - 1) * (training["steps"] or 0) + training["step"]
        self._bars.update(
            self._task,
            total=total,
            completed=done,
            description=f"epoch {epoch}/{epochs}, step {training['step']}",
        )
        if record.levelno >= logging.INFO:
            if not self._console.is_terminal:
                metrics = _metrics(training["logs"])
                print_text(self._console, f"     epoch {epoch}/{epochs}: {metrics}")
            if epoch == epochs:
                self._bars.remove_task(self._task)
                self._task = None


def _metrics(logs: dict[str, float]) -> str:
    found = []
    for task in TASKS:
        if (key := f"val_{task.history_key}") in logs:
            measure = task.measure.upper() if task.kind is Kind.REGRESSION else task.measure
            found.append(f"{task.name} {measure} {logs[key]:.3g}")
    return "on the eval split " + ", ".join(found)
