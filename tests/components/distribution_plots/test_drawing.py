"""Bar charts: their text, and that equal counts give equal bytes."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from components.distribution_plots.counts import LabelCounts
from components.distribution_plots.drawing import draw
from trainer.tasks import AGE, GENDER, RACE, TASKS, Kind, Task

BOTH = {
    "train": {"age": Counter({0: 2, 116: 4}), "gender": Counter({0: 5, 1: 1}), "race": Counter()},
    "eval": {"age": Counter({26: 2}), "gender": Counter({1: 2}), "race": Counter()},
}


def texts(document: bytes) -> list[str]:
    """Returns all text: matplotlib draws text as paths and adds the text as a comment."""
    return re.findall(r"<!-- (.*?) -->", document.decode())


@pytest.mark.parametrize("task", TASKS)
def test_a_drawing_is_an_svg_document_without_a_date(task: Task) -> None:
    document = draw(task, BOTH)
    assert ElementTree.fromstring(document).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"dc:date" not in document


def test_the_title_has_the_label_and_the_count_over_all_splits() -> None:
    assert "Samples by gender (8 in all)" in texts(draw(GENDER, BOTH))
    assert "Samples by age (8 in all)" in texts(draw(AGE, BOTH))
    thousands: dict[str, LabelCounts] = {"train": {"race": Counter({0: 9780})}}
    assert "Samples by race (9,780 in all)" in texts(draw(RACE, thousands))


def test_classes_have_names_counts_and_shares() -> None:
    found = texts(draw(GENDER, BOTH))
    assert found[:2] == ["male", "female"]
    assert [text for text in found if "%" in text] == ["5 (62.5%)", "3 (37.5%)"]
    assert found[-2:] == ["train", "eval"]


def test_a_class_without_samples_has_a_bar() -> None:
    found = texts(draw(RACE, {"train": {"race": Counter({0: 3, 4: 1})}}))
    assert found[:5] == ["White", "Black", "Asian", "Indian", "Others"]
    assert [text for text in found if "%" in text] == [
        "3 (75.0%)",
        *["0 (0.0%)"] * 3,
        "1 (25.0%)",
    ]


def test_a_plot_without_samples_shows_zero_for_each_class() -> None:
    found = texts(draw(RACE, BOTH))
    assert "Samples by race (0 in all)" in found
    assert found.count("0 (0.0%)") == 5


def test_ages_are_drawn_in_years_without_shares() -> None:
    found = texts(draw(AGE, BOTH))
    assert "age in years" in found
    assert not [text for text in found if "%" in text]


def test_equal_counts_give_equal_bytes() -> None:
    again = {split: {label: Counter(n) for label, n in c.items()} for split, c in BOTH.items()}
    for task in (AGE, GENDER):
        assert draw(task, BOTH) == draw(task, again)


def test_different_counts_or_splits_give_different_bytes() -> None:
    one_more = {**BOTH, "eval": {"age": Counter({26: 3}), "gender": Counter({1: 3})}}
    moved = {"train": BOTH["eval"], "eval": BOTH["train"]}
    for task in (AGE, GENDER):
        assert len({draw(task, counts) for counts in (BOTH, one_more, moved)}) == 3


def test_the_title_states_how_many_images_are_drawings() -> None:
    assert draw(AGE, BOTH, drawings=0) == draw(AGE, BOTH)
    found = texts(draw(AGE, BOTH, drawings=1234))
    assert "Samples by age (8 in all; 1,234 are drawings, not photographs)" in found


def test_a_fifth_split_is_counted() -> None:
    counts: dict[str, LabelCounts] = {f"split{n}": {"gender": Counter({0: 1})} for n in range(5)}
    assert "Samples by gender (5 in all)" in texts(draw(GENDER, counts))


def test_a_further_task_is_drawn_by_its_kind() -> None:
    glasses = Task(
        name="glasses",
        kind=Kind.MULTICLASS,
        classes=("none", "clear", "dark"),
        maximum=2,
    )
    found = texts(draw(glasses, {"train": {"glasses": Counter({0: 3, 2: 1})}}))
    assert found[:4] == ["none", "clear", "dark", "glasses"]
    assert [text for text in found if "%" in text] == ["3 (75.0%)", "0 (0.0%)", "1 (25.0%)"]


@pytest.mark.parametrize(("unit", "axis"), [("g", "weight in g"), ("", "weight")])
def test_a_wide_regression_range_puts_several_labels_in_each_bar(unit: str, axis: str) -> None:
    weight = Task(
        name="weight",
        kind=Kind.REGRESSION,
        unit=unit,
        minimum=500,
        maximum=90_000,
    )
    document = draw(weight, {"train": {"weight": Counter({500: 2, 947: 3, 90_000: 1})}})
    found = texts(document)
    assert "Samples by weight (6 in all)" in found
    assert axis in found
    bars = re.findall(r'<g id="patch_\d+">', document.decode())
    assert 150 < len(bars) < 220
