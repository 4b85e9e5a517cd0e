"""The groups of people, derived from the task labels."""

import pytest

from trainer.groups import AGE_BAND, ATTRIBUTES, BY_KEY, INTERSECTION


def test_attributes_are_race_gender_and_age_band_in_order() -> None:
    assert [attribute.key for attribute in ATTRIBUTES] == ["race", "gender", "age_band"]
    assert [attribute.key for attribute in INTERSECTION] == ["race", "gender"]
    assert AGE_BAND.words == "age band"


@pytest.mark.parametrize(
    ("key", "label", "value"),
    [
        ("race", 4, "Others"),
        ("gender", 1, "female"),
        ("age_band", 0, "0-2"),
        ("age_band", 2, "0-2"),
        ("age_band", 3, "3-9"),
        ("age_band", 69, "60-69"),
        ("age_band", 70, "70+"),
        ("age_band", 116, "70+"),
    ],
)
def test_each_label_maps_to_its_value(key: str, label: int, value: str) -> None:
    assert BY_KEY[key].value_of(label) == value


@pytest.mark.parametrize("label", [-1, 117])
def test_a_label_out_of_range_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match=f"Expected age from 0 to 116. Received: age={label}."):
        AGE_BAND.value_of(label)
