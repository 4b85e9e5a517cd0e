"""Plots of the groups and splits that findings name, with the faulty values marked."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.data_gate.artifact import PAGE_FILE
from components.data_gate.finding import Finding, Level
from components.data_gate.plots.finding_plots import draw_groups, draw_splits
from components.data_gate.slice_statistics import ALL, Numbers, Slice
from tests.components.data_gate.conftest import Accepted
from tests.components.data_gate.gated import Outcome, gate, split
from tests.components.data_gate.test_faults import older
from trainer.groups import AGE_BAND
from trainer.tasks import GENDER, RACE


def page_of(found: Outcome) -> str:
    return Path(found.report.uri, PAGE_FILE).read_text()


def section(page: str, heading: str) -> str:
    """Returns the HTML between a heading and the next heading."""
    _, found, rest = page.partition(f">{heading}</h2>")
    return rest.partition("<h2")[0] if found else ""


def marked(label: str, mark: str) -> set[str]:
    """Returns the values with a mark in the aria-label of a plot."""
    values = label.partition(". ")[2].rstrip(".").split("; ")
    return {value.partition(": ")[0] for value in values if value.endswith(f", {mark}")}


def shares(frame: pd.DataFrame, values: tuple[str, ...]) -> np.ndarray:
    return frame.age_band.value_counts(normalize=True).reindex(values, fill_value=0).to_numpy()


def test_a_skewed_split_is_drawn_beside_train_with_skewed_values_marked(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    frames = split(drawn_accepted.table)
    frames["eval"] = older(frames["eval"])
    page = page_of(gate(frames, drawn_accepted.statistics, tmp_path))
    found = section(page, "Other splits compared with the train split")
    assert found.count("<figure>") == 1
    assert "<figcaption>Age band of the eval split: differs from train</figcaption>" in found
    (label,) = re.findall(r'aria-label="(Shares of the eval split by age band[^"]*)"', found)
    now, train = (shares(frames[name], AGE_BAND.values) for name in ("eval", "train"))
    assert f"0-2: {now[0]:.1%}, in train {train[0]:.1%}" in label
    moves = np.abs(now - train)
    expected = {AGE_BAND.values[at] for at in np.flatnonzero(moves >= moves.max() / 2)}
    assert marked(label, "differs") == expected
    assert 0 < len(expected) < len(AGE_BAND.values)
    assert len(re.findall(r">[\d.]+% differs</text>", found)) == len(expected)
    assert "eval split</text>" in found and "train split</text>" in found
    # The train split has not drifted.
    assert "drifted</text>" not in page and "Groups that have drifted" not in page


def test_splits_without_skew_are_not_drawn(drawn_accepted: Accepted, tmp_path: Path) -> None:
    page = page_of(gate(split(drawn_accepted.table), None, tmp_path))
    assert "Other splits compared with the train split" not in page


def test_values_outside_the_schema_are_marked_in_each_split(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    frames = split(drawn_accepted.table)
    for name in ("train", "test"):
        frames[name] = frames[name].assign(
            race=np.where(frames[name].index % 50 == 0, 5, frames[name].race)
        )
    page = page_of(gate(frames, None, tmp_path))
    assert "<figcaption>Race: violates the schema</figcaption>" in page
    assert "Gender: violates" not in page
    of_test = section(page, "Other splits compared with the train split")
    assert "<figcaption>Race of the test split: violates the schema</figcaption>" in of_test
    for name in ("train", "test"):
        (label,) = re.findall(rf'aria-label="(Shares of the {name} split by race[^"]*)"', page)
        assert marked(label, "not allowed") == {"5"}
        assert f"5: {(frames[name].race == 5).mean():.1%}" in label
    assert len(re.findall(r">[\d.]+% not allowed</text>", page)) == 2


def test_a_drifted_group_is_drawn_beside_the_data_accepted_last(
    drawn_accepted: Accepted, tmp_path: Path
) -> None:
    table = drawn_accepted.table
    black = table.race == 1
    darker = table.assign(brightness=np.where(black, table.brightness / 2, table.brightness))
    darker.brightness = darker.brightness.astype("float32")
    found = gate(split(darker), drawn_accepted.statistics, tmp_path)
    groups = page_of(found).partition('<h2 id="groups">')[2]
    titles = re.findall(r"<figcaption>(.*?)</figcaption>", groups)
    moved = [one for one in found.findings if one.check == "slices"]
    worst = sorted(moved, key=lambda one: (one.level.rank, one.excess), reverse=True)
    assert worst[0].slice in ("Black", "Black, male", "Black, female")
    assert titles[0] == f"{worst[0].slice}: brightness has drifted"
    codes = {"race": RACE.classes, "gender": GENDER.classes}
    now, before = (split(one)["train"] for one in (darker, table))
    for word in worst[0].slice.split(", "):
        ((key, words),) = [(key, words) for key, words in codes.items() if word in words]
        now, before = (frame[frame[key] == words.index(word)] for frame in (now, before))
    of_group = [frame.brightness for frame in (now, before)]
    told = (
        f"Histogram of brightness of {worst[0].slice}: mean {of_group[0].mean():.1f}, standard "
        f"deviation {of_group[0].std(ddof=0):.1f}; before {of_group[1].mean():.1f} and "
        f"{of_group[1].std(ddof=0):.1f}."
    )
    assert f'aria-label="{told}"' in groups
    for words in ("this run", "drifted", "accepted last"):
        assert groups.count(f">{words}</text>") == len(titles) > 0


def moved(group: str, feature: str, times: float, level: Level = Level.STOP) -> Finding:
    return Finding(
        level=level,
        check="slices",
        where="train",
        slice=group,
        feature=feature,
        found=times,
        limit=1.0,
    )


def group_of(mean: float, men: float) -> Slice:
    bins = ((0.0, mean, 10.0), (mean, 2 * mean, 20.0))
    return Slice(
        30,
        {"brightness": Numbers(30, mean, 5.0, bins)},
        {"gender": {"male": men, "female": 30 - men}},
    )


def test_the_worst_groups_are_drawn_once_each_with_stops_before_warnings() -> None:
    now = {
        name: dataclasses.replace(group_of(80.0, 5), values=(name,))
        for name in ("White", "Black", "Asian")
    }
    before = {name: group_of(120.0, 15) for name in now}
    findings = [
        moved("White", "brightness", 9.0, Level.WARN),
        moved("Black", "gender", 2.0),
        moved("Black", "gender", 2.0),
        moved("Asian", "brightness", 3.0),
        moved("White", "gender", 1.5),
        moved("Black", "brightness", 1.1),
        Finding(level=Level.STOP, check="swapped", where="train", slice="White"),
    ]
    drawn = draw_groups(findings, now, before)
    assert [plot.title for plot in drawn] == [
        "Asian: brightness has drifted",
        "Black: gender has drifted",
        "White: gender has drifted",
    ]
    label = "Shares of Black by gender. male: 16.7%, before 50.0%, drifted; female: 83.3%, "
    assert f'aria-label="{label}before 50.0%, drifted."' in drawn[1].svg


def test_only_the_worst_of_nested_groups_is_drawn() -> None:
    names = ("Black", "Black, male", "Black, female", "female", ALL)
    parts = [("Black",), ("Black", "male"), ("Black", "female"), ("female",), ()]
    now, before = (
        {
            name: dataclasses.replace(group_of(mean, 5), values=values)
            for name, values in zip(names, parts, strict=True)
        }
        for mean in (80.0, 120.0)
    )
    findings = [moved(name, "brightness", 9.0 - at) for at, name in enumerate(names)]
    assert [plot.title for plot in draw_groups(findings, now, before)] == [
        "Black: brightness has drifted",
        "female: brightness has drifted",
    ]
    assert [plot.title for plot in draw_groups(findings[1:], now, before)] == [
        "Black, male: brightness has drifted",
        "Black, female: brightness has drifted",
    ]
    (plot,) = draw_groups([moved(ALL, "brightness", 99.0), *findings], now, before)
    assert plot.title == "all examples: brightness has drifted"


@pytest.mark.parametrize(
    ("check", "mark", "said"),
    [
        ("skew", "differs", "differs from train"),
        ("schema", "not allowed", "violates the schema"),
    ],
)
def test_findings_that_cannot_be_drawn_are_skipped(check: str, mark: str, said: str) -> None:
    def about(where: str, feature: str) -> Finding:
        return Finding(level=Level.STOP, check=check, where=where, feature=feature)

    eval_split = {ALL: Slice(10, {}, {"gender": {"male": 1, "2": 9}})}
    train = {ALL: Slice(10, {}, {"gender": {"male": 9, "female": 1}})}
    now = {"train": train, "eval": eval_split, "test": {}}
    findings = [about("eval", "race"), about("eval", "age"), about("test", "gender")]
    assert draw_splits([*findings, about("train", "gender")], now) == []
    (plot,) = draw_splits([*findings, about("eval", "gender")], now)
    assert plot.title == f"Gender of the eval split: {said}"
    assert f"2: 90.0%, in train 0.0%, {mark}" in plot.svg
    # No train split to compare with.
    (alone,) = draw_splits([about("eval", "gender")], {"train": {}, "eval": eval_split})
    assert "2: 90.0%" in alone.svg and "in train" not in alone.svg
