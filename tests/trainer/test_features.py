"""The label codes, the age range and the age bands."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer import features
from trainer.groups import AGE_BAND
from trainer.tasks import AGE, GENDER, RACE

AGES = range(AGE.minimum, AGE.maximum + 1)


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "0-2"),
        (2, "0-2"),
        (3, "3-9"),
        (9, "3-9"),
        (10, "10-19"),
        (19, "10-19"),
        (20, "20-29"),
        (59, "50-59"),
        (60, "60-69"),
        (69, "60-69"),
        (70, "70+"),
        (116, "70+"),
    ],
)
def test_a_band_includes_both_of_its_bounds(age: int, band: str) -> None:
    assert AGE_BAND.value_of(age) == band


def test_bands_are_in_order_of_age_and_all_used() -> None:
    bands = [AGE_BAND.value_of(age) for age in AGES]
    assert tuple(dict.fromkeys(bands)) == AGE_BAND.values
    assert bands == sorted(bands, key=AGE_BAND.values.index)


def test_a_band_is_named_by_its_first_and_last_age() -> None:
    for band in AGE_BAND.values[:-1]:
        ages = [age for age in AGES if AGE_BAND.value_of(age) == band]
        assert band == f"{ages[0]}-{ages[-1]}"


@given(st.integers(max_value=-1) | st.integers(min_value=117))
def test_an_age_out_of_range_is_refused_with_the_range(age: int) -> None:
    with pytest.raises(ValueError, match="Expected age") as caught:
        AGE_BAND.value_of(age)
    assert str(caught.value) == f"Expected age from 0 to 116. Received: age={age}."


def test_nan_is_refused_as_an_age() -> None:
    with pytest.raises(ValueError, match="age=nan"):
        AGE_BAND.value_of(float("nan"))


def test_label_codes_match_the_paper() -> None:
    assert list(enumerate(GENDER.classes)) == [(0, "male"), (1, "female")]
    assert dict(enumerate(RACE.classes)) == {
        0: "White",
        1: "Black",
        2: "Asian",
        3: "Indian",
        4: "Others",
    }
    assert (AGE.minimum, AGE.maximum) == (0, 116)


def test_every_label_has_one_output_and_keys_are_unique() -> None:
    assert tuple(features.OUTPUT_LABELS.values()) == features.LABEL_KEYS
    keys = [value for name, value in vars(features).items() if name.endswith("_KEY")]
    keys += [*features.LABEL_KEYS, *features.BAND_KEYS]
    assert len(keys) == len(set(keys)) == 15


def test_the_module_imports_no_heavy_package() -> None:
    light = "import sys, bisect, dataclasses, enum; "
    code = f"{light}before = set(sys.modules); import trainer.features; "
    code += "print(sorted(set(sys.modules) - before))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    names = ["trainer", "trainer.features", "trainer.groups", "trainer.tasks"]
    assert found.stdout.strip() == str(names)
