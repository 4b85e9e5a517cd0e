"""What a run shows while it is under way."""

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
    started = {"component": "Trainer", "seconds": None}
    component_events.LOGGER.info("it starts", extra=started)
    LOGGER.info("training on %s", "2 GPUs", extra={"device": "2 GPUs"})
    logs = {"val_age_output_mae": 7.25, "val_race_output_accuracy": 0.5, "loss": 3.0}
    training = {"epoch": 1, "epochs": 2, "step": 9, "steps": 9, "logs": logs}
    LOGGER.info("epoch ended", extra={"training": training})
    component_events.LOGGER.info("it is finished", extra={**started, "seconds": 62.04})


@pytest.mark.parametrize("terminal", [False, True])
def test_a_line_a_component_and_the_device(terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=100, color_system=None)
    with show_progress(console):
        _tell_of_a_run()
    # What a terminal leaves standing: a bar is drawn, and its line is erased again.
    text = re.sub(r"[^\n]*\r\x1b\[2K", "", shown.getvalue())
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)
    lines = [line.strip() for line in text.splitlines()]
    assert any(line.startswith("done Trainer") and line.endswith(" 62.0 s") for line in lines)
    assert "training on 2 GPUs" in lines
    epoch = "epoch 1/2, eval split: age MAE 7.25, race accuracy 0.5"
    assert (epoch in lines) != terminal


def _shown_of(balance: Balance) -> list[str]:
    shown = io.StringIO()
    with show_progress(Console(file=shown, width=60, color_system=None)):
        LOGGER.info("rebalancing", extra={"balance": balance})
    return shown.getvalue().splitlines()


def test_rebalancing_is_told_with_its_ends_and_who_is_left_out() -> None:
    balance = Balance("oversample", 2.5, (600, 250, 130, 90, 80, 70, 60, 0, 0, 2))
    assert _shown_of(balance) == [
        "     rebalancing by oversample: White male x 0.32 to Others female x 2.5, at most x 2.5",
        "     no examples to train on: Indian female, Others male",
    ]


def test_no_warning_where_every_group_has_examples() -> None:
    balance = Balance("weights", 200.0, (99_000, *[1000] * 8, 50))
    assert _shown_of(balance) == [
        "     rebalancing by weights: White male x 0.11 to Others female x 200, at most x 200"
    ]


def test_a_note_is_told_in_one_line() -> None:
    shown = io.StringIO()
    with show_progress(Console(file=shown, width=20, color_system=None)):
        LOGGER.info("told", extra={"note": "warm start from /a/[b]: learning rate 0.001"})
        LOGGER.warning("told", extra={"note": "no warm start: training starts from scratch"})
    assert shown.getvalue().splitlines() == [
        "     warm start from /a/[b]: learning rate 0.001",
        "     no warm start: training starts from scratch",
    ]


def test_what_the_gate_could_not_look_at_is_told_in_one_line() -> None:
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


def test_nobody_listens_afterwards() -> None:
    shown = io.StringIO()
    with show_progress(Console(file=shown)):
        pass
    _tell_of_a_run()
    assert shown.getvalue() == ""
