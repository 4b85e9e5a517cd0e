"""What sample pictures are labelled, without drawing any."""

import re
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.labels.names import Labels, labels_of, parse
from pipeline.tools.sample import MAX_COUNT
from pipeline.tools.sample import labels as labels_module
from pipeline.tools.sample.labels import draw_labels, file_name, image_random
from pipeline.tools.sample.traits import CLASS_SHARES, ROW_SHARES
from trainer.tasks import AGE, GENDER, RACE, TASKS, Kind, Task

AGE_SHARES = ROW_SHARES["age"]

SAMPLE_SIZE = 2000
# About four standard deviations of a share of one half among SAMPLE_SIZE.
TOLERANCE = 0.045


@pytest.fixture(scope="module")
def sample() -> list[Labels]:
    return [draw_labels(image_random(11, index)) for index in range(SAMPLE_SIZE)]


def test_the_declared_shares_are_whole() -> None:
    for task in (GENDER, RACE):
        assert sum(CLASS_SHARES[task.name].values()) == pytest.approx(1.0)
        assert sorted(CLASS_SHARES[task.name]) == list(range(len(task.classes)))
    assert sum(share for *_, share in AGE_SHARES) == pytest.approx(1.0)


def test_the_age_rows_follow_each_other_without_gap_or_overlap() -> None:
    firsts = [first for first, _, _ in AGE_SHARES]
    lasts = [last for _, last, _ in AGE_SHARES]
    assert firsts[1:] == [last + 1 for last in lasts[:-1]]
    assert firsts[0] >= AGE.minimum
    assert lasts[-1] <= AGE.maximum


def test_races_and_genders_follow_their_shares(sample: list[Labels]) -> None:
    for key, shares in CLASS_SHARES.items():
        found = Counter(labels[key] for labels in sample)
        for code, share in shares.items():
            assert found[code] / SAMPLE_SIZE == pytest.approx(share, abs=TOLERANCE)
        assert set(found) == set(shares)


@pytest.mark.parametrize(("first", "last", "share"), AGE_SHARES)
def test_ages_follow_their_shares(
    sample: list[Labels], first: int, last: int, share: float
) -> None:
    found = sum(first <= labels["age"] <= last for labels in sample) / SAMPLE_SIZE
    assert found == pytest.approx(share, abs=TOLERANCE / 1.5)


def test_ages_have_infants_a_bulge_and_a_thin_tail(sample: list[Labels]) -> None:
    ages = Counter(labels["age"] for labels in sample)
    assert ages.most_common(1)[0][0] == 1
    assert sum(ages[age] for age in range(20, 36)) / SAMPLE_SIZE == pytest.approx(0.34, abs=0.045)
    assert 0 < sum(count for age, count in ages.items() if age > 80) < 0.06 * SAMPLE_SIZE
    assert max(ages) <= 110


def test_a_picture_has_the_same_labels_every_time_and_others_under_another_seed() -> None:
    def first_labels(seed: int) -> list[Labels]:
        return [draw_labels(image_random(seed, index)) for index in range(50)]

    assert first_labels(5) == first_labels(5)
    assert first_labels(5) != first_labels(6)


@given(
    seed=st.integers(),
    index=st.integers(0, MAX_COUNT - 1),
    values=st.tuples(*(st.integers(task.minimum, task.maximum) for task in TASKS)),
)
def test_a_name_is_what_the_example_gen_reads(
    seed: int, index: int, values: tuple[int, ...]
) -> None:
    name = file_name(labels_of(values), seed=seed, index=index)
    assert parse(name) == labels_of(values)
    age, gender, race = values
    match = re.fullmatch(rf"{age}_{gender}_{race}_([0-9]{{14}})([0-9]{{3}})\.jpg\.chip\.jpg", name)
    assert match is not None
    time = datetime.strptime(match[1], "%Y%m%d%H%M%S")
    assert time.year in (2017, 2018)


def test_a_task_without_shares_has_each_label_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    further = (
        Task(name="glasses", kind=Kind.MULTICLASS, classes=("a", "b", "c")),
        Task(name="weight", kind=Kind.REGRESSION, minimum=40, maximum=43),
    )
    monkeypatch.setattr(labels_module, "TASKS", (*TASKS, *further))
    drawn = [draw_labels(image_random(11, index)) for index in range(SAMPLE_SIZE)]
    for task in further:
        counts = Counter(labels[task.name] for labels in drawn)
        codes = range(task.minimum, task.maximum + 1)
        assert sorted(counts) == list(codes)
        for count in counts.values():
            assert count / SAMPLE_SIZE == pytest.approx(1 / len(codes), abs=TOLERANCE)
    labels = {"age": 30, "gender": 1, "race": 2, "glasses": 1, "weight": 41}
    assert file_name(labels, seed=1, index=0).startswith("30_1_2_1_41_2017")


def test_names_are_unique_within_a_seed_and_between_two() -> None:
    labels = labels_of((30, 1, 2))
    names = {
        file_name(labels, seed=seed, index=index) for seed in (1, 2) for index in range(SAMPLE_SIZE)
    }
    assert len(names) == 2 * SAMPLE_SIZE
