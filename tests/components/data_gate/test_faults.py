"""Each fault stops the run with the right words, and a random half of the same data does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.data_gate.finding import Level
from tests.components.data_gate.conftest import Accepted
from tests.components.data_gate.gated import band, gate, split

pytestmark = pytest.mark.slow

Fault = Callable[[pd.DataFrame], pd.DataFrame]


def older(table: pd.DataFrame) -> pd.DataFrame:
    ages = np.minimum(table.age + 20, 116)
    return table.assign(age=ages, age_band=band(ages))


def flipped(table: pd.DataFrame) -> pd.DataFrame:
    # Of all Indian faces of crop_part1 63% are women.
    return table.assign(gender=np.where(table.race == 3, 1 - table.gender, table.gender))


def all_women(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(gender=np.where(table.race == 1, 1, table.gender))


def one_missing(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.race != 1]


def new_code(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(race=np.where(table.index % 50 == 0, 5, table.race))


def darker(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        brightness=table.brightness / 2,
        contrast=table.contrast / 2,
        sharpness=table.sharpness / 4,
    )


def shuffled(table: pd.DataFrame) -> pd.DataFrame:
    labels = ["age", "gender", "race", "age_band"]
    order = np.random.default_rng(2).permutation(len(table))
    return table.assign(**{key: table[key].to_numpy()[order] for key in labels})


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        (older, "drift", "train: age band: expected values like those that were accepted last"),
        (older, "drift", "train: age: expected values like those that were accepted last"),
        (all_women, "slices", "train: Black, gender: expected a share of female near the "),
        (one_missing, "cells", "train: Black, male: expected at least 1 examples; found 0"),
        (new_code, "schema", "train: race: Out-of-range values: Unexpectedly large value: 5."),
        (darker, "drift", "train: brightness: expected values like those"),
        (shuffled, "slices", "train: Black, brightness: expected a mean near the"),
    ],
)
def test_a_fault_stops_the_run(
    accepted: Accepted, tmp_path: Path, fault: Fault, check: str, words: str
) -> None:
    found = gate(split(fault(accepted.table)), accepted.statistics, tmp_path)
    assert found.verdict == "stop"
    told = [one.line for one in found.findings if one.check == check and one.level is Level.STOP]
    assert any(line.startswith(words) for line in told), found.lines()


@pytest.mark.real
def test_a_flipped_gender_of_one_race_stops_the_run(
    real_accepted: Accepted, tmp_path: Path
) -> None:
    found = gate(split(flipped(real_accepted.table)), real_accepted.statistics, tmp_path)
    assert any(
        line.startswith("train: Indian, gender: expected a share of female near the 63")
        for line in found.lines()
    )


@pytest.mark.parametrize("seed", range(10))
def test_a_random_half_of_the_same_data_goes_on(
    accepted: Accepted, tmp_path: Path, seed: int
) -> None:
    half = accepted.table.sample(frac=0.5, random_state=seed)
    found = gate(split(half), accepted.statistics, tmp_path)
    assert found.lines() == []
    assert {one.check for one in found.findings} <= {"cells"}


def test_the_first_run_has_nothing_to_compare_with(drawn: pd.DataFrame, tmp_path: Path) -> None:
    found = gate(split(drawn), None, tmp_path)
    assert found.lines() == []
    assert "train: nothing was accepted before this run: there is no drift to look for" in (
        found.lines(Level.PASS)
    )


def test_statistics_of_another_schema_are_not_compared(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    now = split(older(drawn_accepted.table))
    found = gate(now, drawn_accepted.statistics, tmp_path, schema_before="f" * 64)
    (line,) = found.lines()
    assert line.startswith("train: expected statistics that were accepted under this schema (")
    assert "are of another (ffffffffffff), so that the two cannot be compared" in line


def test_labels_that_differ_between_splits_stop_the_run(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    frames = split(drawn_accepted.table)
    frames["eval"] = older(frames["eval"])
    found = gate(frames, drawn_accepted.statistics, tmp_path)
    assert any(
        line.startswith("eval: age band: expected values like those of the train split")
        for line in found.lines()
    )
    assert {one.check for one in found.findings if one.level is Level.STOP} == {"skew"}
