"""The bar charts: what they say, and that they say it in the same bytes each time."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from components.distribution_plots.counts import LabelCounts
from components.distribution_plots.drawing import draw

BOTH = {
    "train": {"age": Counter({0: 2, 116: 4}), "gender": Counter({0: 5, 1: 1}), "race": Counter()},
    "eval": {"age": Counter({26: 2}), "gender": Counter({1: 2}), "race": Counter()},
}


def texts(document: bytes) -> list[str]:
    """Text is drawn as paths; matplotlib notes in a comment what each of them says."""
    return re.findall(r"<!-- (.*?) -->", document.decode())


@pytest.mark.parametrize("label", ["age", "gender", "race"])
def test_a_drawing_is_an_svg_document_without_a_date(label: str) -> None:
    document = draw(label, BOTH)
    assert ElementTree.fromstring(document).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"dc:date" not in document


def test_the_title_has_the_label_and_the_count_over_all_splits() -> None:
    assert "Samples by gender (8 in all)" in texts(draw("gender", BOTH))
    assert "Samples by age (8 in all)" in texts(draw("age", BOTH))
    thousands: dict[str, LabelCounts] = {"train": {"race": Counter({0: 9780})}}
    assert "Samples by race (9,780 in all)" in texts(draw("race", thousands))


def test_classes_are_words_with_counts_and_shares() -> None:
    found = texts(draw("gender", BOTH))
    assert found[:2] == ["male", "female"]
    assert [text for text in found if "%" in text] == ["5 (62.5%)", "3 (37.5%)"]
    assert found[-2:] == ["train", "eval"]


def test_a_class_without_samples_still_has_its_bar() -> None:
    found = texts(draw("race", {"train": {"race": Counter({0: 3, 4: 1})}}))
    assert found[:5] == ["White", "Black", "Asian", "Indian", "Others"]
    assert [text for text in found if "%" in text] == [
        "3 (75.0%)",
        *["0 (0.0%)"] * 3,
        "1 (25.0%)",
    ]


def test_no_samples_at_all_are_drawn_as_none() -> None:
    found = texts(draw("race", BOTH))
    assert "Samples by race (0 in all)" in found
    assert found.count("0 (0.0%)") == 5


def test_ages_are_years_without_shares() -> None:
    found = texts(draw("age", BOTH))
    assert "age in years" in found
    assert not [text for text in found if "%" in text]


def test_equal_counts_give_equal_bytes() -> None:
    again = {split: {label: Counter(n) for label, n in c.items()} for split, c in BOTH.items()}
    for label in ("age", "gender"):
        assert draw(label, BOTH) == draw(label, again)


def test_another_count_or_another_split_gives_other_bytes() -> None:
    one_more = {**BOTH, "eval": {"age": Counter({26: 3}), "gender": Counter({1: 3})}}
    moved = {"train": BOTH["eval"], "eval": BOTH["train"]}
    for label in ("age", "gender"):
        assert len({draw(label, counts) for counts in (BOTH, one_more, moved)}) == 3


def test_drawings_are_confessed_in_the_title() -> None:
    assert draw("age", BOTH, drawings=0) == draw("age", BOTH)
    found = texts(draw("age", BOTH, drawings=1234))
    assert "Samples by age (8 in all; 1,234 are drawings, not photographs)" in found


def test_a_fifth_split_is_not_lost_in_silence() -> None:
    counts: dict[str, LabelCounts] = {f"split{n}": {"gender": Counter({0: 1})} for n in range(5)}
    assert "Samples by gender (5 in all)" in texts(draw("gender", counts))
