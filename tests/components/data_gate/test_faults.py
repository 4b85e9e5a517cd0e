"""Each fault stops the run with the expected findings; a random half of the data does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from components.data_gate.finding import Level
from tests.components.data_gate.conftest import Accepted, Pictures, table_of
from tests.components.data_gate.gated import band, gate, split
from tests.lanes import only_in
from trainer.tasks import RACE

pytestmark = [pytest.mark.slow, only_in("current", "faults in the data are tested")]

Fault = Callable[[pd.DataFrame], pd.DataFrame]


def older(table: pd.DataFrame) -> pd.DataFrame:
    ages = np.minimum(table.age + 20, 116)
    return table.assign(age=ages, age_band=band(ages))


def flipped(table: pd.DataFrame, race: int) -> pd.DataFrame:
    return table.assign(gender=np.where(table.race == race, 1 - table.gender, table.gender))


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


def grey(table: pd.DataFrame) -> pd.DataFrame:
    chosen = np.random.default_rng(3).random(len(table)) < 0.3
    # Missing values stay missing.
    return table.assign(colour=np.where(chosen, table.colour * 0, table.colour))


def shuffled(table: pd.DataFrame) -> pd.DataFrame:
    labels = ["age", "gender", "race", "age_band"]
    order = np.random.default_rng(2).permutation(len(table))
    return table.assign(**{key: table[key].to_numpy()[order] for key in labels})


@pytest.mark.parametrize(
    ("fault", "check", "group", "feature"),
    [
        (older, "drift", "", "age_band"),
        (older, "drift", "", "age"),
        (all_women, "slices", "Black", "gender"),
        (one_missing, "cells", "Black, male", ""),
        (new_code, "schema", "", "race"),
        (darker, "drift", "", "brightness"),
        (grey, "drift", "", "colour"),
        (shuffled, "slices", "Black", "brightness"),
    ],
)
def test_a_fault_stops_the_run(
    accepted: Accepted, tmp_path: Path, fault: Fault, check: str, group: str, feature: str
) -> None:
    found = gate(split(fault(accepted.table)), accepted.statistics, tmp_path)
    assert found.verdict == "stop"
    assert ("train", group, feature) in found.about(check), found.lines()


def in_grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L")


def halved(picture: Image.Image) -> Image.Image:
    return picture.point(lambda value: value // 2)


@pytest.mark.parametrize(
    ("change", "share", "feature"), [(in_grey, 0.3, "colour"), (halved, 1.0, "brightness")]
)
def test_grayscale_or_darker_images_stop_the_run(
    pictures: Pictures,
    tmp_path: Path,
    change: Callable[[Image.Image], Image.Image],
    share: float,
    feature: str,
) -> None:
    files, accepted = pictures
    changed = tmp_path / "changed"
    changed.mkdir()
    for number, path in enumerate(sorted(files.rglob("*.jpg"))):
        if number % 10 < 10 * share:
            with Image.open(path) as picture:
                change(picture).save(changed / path.name, "JPEG", quality=90)
        else:
            (changed / path.name).hardlink_to(path)
    table = table_of(changed, tmp_path)
    found = gate(split(table), accepted.statistics, tmp_path)
    assert ("train", "", feature) in found.about("drift"), found.lines()


@pytest.mark.real
@pytest.mark.parametrize(("race", "word"), enumerate(RACE.classes))
def test_a_flipped_gender_of_any_race_stops_the_run(
    real_accepted: Accepted, tmp_path: Path, race: int, word: str
) -> None:
    found = gate(split(flipped(real_accepted.table, race)), real_accepted.statistics, tmp_path)
    assert ("train", word, "gender") in found.about("swapped"), found.lines()


def test_a_flipped_gender_of_a_large_race_stops_the_run(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    found = gate(split(flipped(drawn_accepted.table, 0)), drawn_accepted.statistics, tmp_path)
    assert found.about("swapped") == [("train", "White", "gender")]
    assert found.about("swapped", Level.WARN) == []


def test_out_of_range_labels_are_counted_by_task_and_value(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    unknown = [
        "a/30_0_5_20170116220224657.jpg",
        "b/31_0_5_20170116220224658.jpg",
        "faces.zip!c/31_0_5_20170116220224658.jpg",
        "200_0_1_20170116220224659.jpg",
    ]
    frames = split(drawn_accepted.table)
    found = gate(frames, drawn_accepted.statistics, tmp_path, unknown=unknown, listed=300)
    assert found.lines() == [
        "files: expected race from 0 to 4; found 5 in 3 of 300 files, e.g. a/30_0_5_201701162202246"
        f"57.jpg. {ADVICE}",
    ]
    assert found.lines(Level.WARN)[0] == (
        "files: expected age from 0 to 116; found 200 in 1 of 300 files, e.g. 200_0_1_20170116220"
        f"224659.jpg. {ADVICE}"
    )
    one = [unknown.pop()]
    assert gate(frames, None, tmp_path / "slip", unknown=one, listed=3).verdict == "warn"
    few = gate(frames, None, tmp_path / "few", unknown=unknown, listed=3000)
    assert few.verdict == "warn"
    assert sum(one.check == "labels" for one in few.findings) == 1


ADVICE = (
    "These files are quarantined. Correct their names or schema/corrections.csv, or add the new "
    "value to the schema and trainer/tasks.py"
)


def test_raised_limits_and_small_groups_are_reported(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    few = split(drawn_accepted.table.sample(300, random_state=1))
    found = gate(few, drawn_accepted.statistics, tmp_path)
    notes = "\n".join(found.lines(Level.PASS))
    assert "too few examples to tell drift from chance" in notes
    assert "colour (train)" in notes
    assert "groups with fewer than 30 examples are not compared" in notes
    assert "Black, male" in notes


@pytest.mark.parametrize("seed", range(10))
def test_a_random_half_of_the_same_data_does_not_stop_the_run(
    accepted: Accepted, tmp_path: Path, seed: int
) -> None:
    half = accepted.table.sample(frac=0.5, random_state=seed)
    found = gate(split(half), accepted.statistics, tmp_path)
    assert found.lines() == []
    warned = {one.check for one in found.findings if one.level is Level.WARN}
    assert warned <= {"cells"}


@pytest.mark.parametrize("name", ["train", "eval", "test"])
def test_an_empty_split_stops_the_run(drawn_accepted: Accepted, tmp_path: Path, name: str) -> None:
    frames = split(drawn_accepted.table)
    frames[name] = frames[name].iloc[:0]
    found = gate(frames, drawn_accepted.statistics, tmp_path)
    first, *others = [one for one in found.findings if one.level is Level.STOP]
    assert (first.check, first.where) == ("splits", name)
    # An empty train split also has too few examples in each group.
    assert {(one.check, one.where) for one in others} <= {("cells", "train")}


def test_a_split_whose_ages_are_all_ranges_stops_the_run(drawn: pd.DataFrame, tmp_path: Path):
    frames = split(drawn)
    frames["eval"] = frames["eval"].drop(columns="age")
    found = gate(frames, None, tmp_path)
    assert found.about("labels") == [("eval", "", "age")]
    (line,) = (line for line in found.lines() if "exact labels" in line)
    assert line.startswith("eval: age: expected exact labels; found none")


def test_a_feature_without_values_gives_a_warning(drawn_accepted: Accepted, tmp_path: Path) -> None:
    frames = split(drawn_accepted.table)
    frames["train"] = frames["train"].assign(colour=np.float32("nan"))
    found = gate(frames, drawn_accepted.statistics, tmp_path)
    assert found.about("drift", Level.WARN) == [("train", "", "colour")]
    assert found.verdict == "warn"


def test_the_first_run_reports_that_it_has_no_baseline(drawn: pd.DataFrame, tmp_path: Path) -> None:
    found = gate(split(drawn), None, tmp_path)
    assert found.lines() == []
    assert found.about("baseline", Level.PASS) == [("train", "", "")]


def test_a_baseline_with_another_schema_stops_the_run_and_drift_is_reported(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    now = split(older(drawn_accepted.table))
    found = gate(now, drawn_accepted.statistics, tmp_path, schema_before="f" * 64)
    assert found.about("baseline") == [("train", "", "")]
    assert any("found another schema (ffffffffffff): the two" in line for line in found.lines())
    # A user who accepts the new schema also sees the drift.
    assert ("train", "", "age") in found.about("drift")


def test_labels_that_differ_between_splits_stop_the_run(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    frames = split(drawn_accepted.table)
    frames["eval"] = older(frames["eval"])
    found = gate(frames, drawn_accepted.statistics, tmp_path)
    assert ("eval", "", "age_band") in found.about("skew")
    assert {one.check for one in found.findings if one.level is Level.STOP} == {"skew"}
