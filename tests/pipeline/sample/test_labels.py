"""What sample pictures are labelled, without drawing any."""

import re
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.utkface_example_gen.names import parse
from pipeline.sample import MAX_COUNT
from pipeline.sample.labels import (
    AGE_SHARES,
    FEMALE_SHARE,
    RACE_SHARES,
    Labels,
    draw_labels,
    file_name,
    picture_random,
)
from trainer.features import GENDERS, MAX_AGE, MIN_AGE, RACES

SAMPLE_SIZE = 2000
# About four standard deviations of a share of one half among SAMPLE_SIZE.
TOLERANCE = 0.045


@pytest.fixture(scope="module")
def sample() -> list[Labels]:
    return [draw_labels(picture_random(11, index)) for index in range(SAMPLE_SIZE)]


def test_the_declared_shares_are_whole() -> None:
    assert sum(RACE_SHARES) == pytest.approx(1.0)
    assert len(RACE_SHARES) == len(RACES)
    assert sum(share for *_, share in AGE_SHARES) == pytest.approx(1.0)


def test_the_age_rows_follow_each_other_without_gap_or_overlap() -> None:
    firsts = [first for first, _, _ in AGE_SHARES]
    lasts = [last for _, last, _ in AGE_SHARES]
    assert firsts[1:] == [last + 1 for last in lasts[:-1]]
    assert firsts[0] >= MIN_AGE
    assert lasts[-1] <= MAX_AGE


def test_races_and_genders_follow_their_shares(sample: list[Labels]) -> None:
    races = Counter(labels.race for labels in sample)
    for race, share in enumerate(RACE_SHARES):
        assert races[race] / SAMPLE_SIZE == pytest.approx(share, abs=TOLERANCE)
    assert set(races) == set(range(len(RACES)))
    genders = Counter(labels.gender for labels in sample)
    assert genders[1] / SAMPLE_SIZE == pytest.approx(FEMALE_SHARE, abs=TOLERANCE)
    assert set(genders) == set(range(len(GENDERS)))


@pytest.mark.parametrize(("first", "last", "share"), AGE_SHARES)
def test_ages_follow_their_shares(
    sample: list[Labels], first: int, last: int, share: float
) -> None:
    found = sum(first <= labels.age <= last for labels in sample) / SAMPLE_SIZE
    assert found == pytest.approx(share, abs=TOLERANCE / 1.5)


def test_ages_have_infants_a_bulge_and_a_thin_tail(sample: list[Labels]) -> None:
    ages = Counter(labels.age for labels in sample)
    assert ages.most_common(1)[0][0] == 1
    assert sum(ages[age] for age in range(20, 36)) / SAMPLE_SIZE == pytest.approx(0.34, abs=0.045)
    assert 0 < sum(count for age, count in ages.items() if age > 80) < 0.06 * SAMPLE_SIZE
    assert max(ages) <= 110


def test_a_picture_has_the_same_labels_every_time_and_others_under_another_seed() -> None:
    def first_labels(seed: int) -> list[Labels]:
        return [draw_labels(picture_random(seed, index)) for index in range(50)]

    assert first_labels(5) == first_labels(5)
    assert first_labels(5) != first_labels(6)


@given(
    seed=st.integers(),
    index=st.integers(0, MAX_COUNT - 1),
    age=st.integers(MIN_AGE, MAX_AGE),
    gender=st.integers(0, len(GENDERS) - 1),
    race=st.integers(0, len(RACES) - 1),
)
def test_a_name_is_what_the_example_gen_reads(
    seed: int, index: int, age: int, gender: int, race: int
) -> None:
    name = file_name(Labels(age=age, gender=gender, race=race), seed=seed, index=index)
    assert tuple(parse(name)) == (age, gender, race)
    match = re.fullmatch(rf"{age}_{gender}_{race}_([0-9]{{14}})([0-9]{{3}})\.jpg\.chip\.jpg", name)
    assert match is not None
    time = datetime.strptime(match[1], "%Y%m%d%H%M%S")
    assert time.year in (2017, 2018)


def test_names_are_unique_within_a_seed_and_between_two() -> None:
    labels = Labels(age=30, gender=1, race=2)
    names = {
        file_name(labels, seed=seed, index=index) for seed in (1, 2) for index in range(SAMPLE_SIZE)
    }
    assert len(names) == 2 * SAMPLE_SIZE
