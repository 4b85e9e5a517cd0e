"""The progress of a run on the console."""

import io
import re

import pytest
from rich.console import Console

from components.data_gate import component
from components.data_gate.finding import Finding, Level, Message
from pipeline.console.progress import show_progress
from pipeline.engines.local import component_events
from trainer.data.balance import Balance
from trainer.progress import LOGGER


def _tell_of_a_run() -> None:
    started = {"component": "Trainer", "seconds": None, "cached": False}
    component_events.LOGGER.info("it starts", extra=started)
    LOGGER.info("training on %s", "2 GPUs", extra={"device": "2 GPUs"})
    logs = {"val_age_output_mae": 7.25, "val_race_output_accuracy": 0.5, "loss": 3.0}
    training = {"epoch": 1, "epochs": 2, "step": 9, "steps": 9, "logs": logs}
    LOGGER.info("epoch ended", extra={"training": training})
    component_events.LOGGER.info("it is finished", extra={**started, "seconds": 62.04})
    reused = {"component": "Transform", "seconds": 0.3, "cached": True}
    component_events.LOGGER.info("it starts", extra={**reused, "seconds": None})
    component_events.LOGGER.info("it reuses", extra=reused)


@pytest.mark.parametrize("terminal", [False, True])
def test_each_component_gets_a_line_and_the_device_is_shown(terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=100, color_system=None)
    with show_progress(console):
        _tell_of_a_run()
    # Keep what stays on a terminal: the line of a progress bar is erased.
    text = re.sub(r"[^\n]*\r\x1b\[2K", "", shown.getvalue())
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)
    lines = [line.strip() for line in text.splitlines()]
    assert any(line.startswith("done Trainer") and line.endswith(" 62.0 s") for line in lines)
    assert any(line.startswith("cached Transform") and line.endswith(" 0.3 s") for line in lines)
    assert "training on 2 GPUs" in lines
    epoch = "epoch 1/2, eval split: age MAE 7.25, race accuracy 0.5"
    assert (epoch in lines) != terminal


def _shown_of(balance: Balance) -> list[str]:
    shown = io.StringIO()
    with show_progress(Console(file=shown, width=60, color_system=None)):
        LOGGER.info("rebalancing", extra={"balance": balance})
    return shown.getvalue().splitlines()


def test_rebalancing_shows_its_extremes_and_groups_without_examples() -> None:
    balance = Balance("oversample", 2.5, (600, 250, 130, 90, 80, 70, 60, 0, 0, 2))
    assert _shown_of(balance) == [
        "     rebalancing by oversample: White male x 0.32 to Others female x 2.5, at most x 2.5",
        "     no examples to train on: Indian female, Others male",
    ]


def test_no_warning_is_shown_when_every_group_has_examples() -> None:
    balance = Balance("weights", 200.0, (99_000, *[1000] * 8, 50))
    assert _shown_of(balance) == [
        "     rebalancing by weights: White male x 0.11 to Others female x 200, at most x 200"
    ]


def test_a_note_is_shown_on_one_line() -> None:
    shown = io.StringIO()
    with show_progress(Console(file=shown, width=20, color_system=None)):
        LOGGER.info("told", extra={"note": "warm start from /a/[b]: learning rate 0.001"})
        LOGGER.warning("told", extra={"note": "no warm start: training starts from scratch"})
    assert shown.getvalue().splitlines() == [
        "     warm start from /a/[b]: learning rate 0.001",
        "     no warm start: training starts from scratch",
    ]


def test_a_data_gate_note_is_shown_on_one_line() -> None:
    note = Finding(
        level=Level.PASS,
        check="baseline",
        where="train",
        facts=Message("[nothing] was accepted before"),
    )
    shown = io.StringIO()
    with show_progress(Console(file=shown, width=20, color_system=None)):
        component.LOGGER.info("told", extra={"gate_note": note})
    component.LOGGER.info("told", extra={"gate_note": note})
    assert shown.getvalue() == "     [nothing] was accepted before\n"


def test_nothing_is_shown_after_the_context_ends() -> None:
    shown = io.StringIO()
    with show_progress(Console(file=shown)):
        pass
    _tell_of_a_run()
    assert shown.getvalue() == ""
