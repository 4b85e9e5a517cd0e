"""Which settings are told of, and that a result is of the code it was asked of."""

import pytest

from trainer.measuring import measure
from trainer.settings.hyperparameters import Hyperparameters


def test_no_setting_is_told_of_where_all_are_the_defaults() -> None:
    assert measure.differing_settings(Hyperparameters(architecture="seed", seed=8)) == {}


def test_settings_that_differ_are_told_by_their_dotted_names() -> None:
    other = Hyperparameters(epochs=1234, augmentation={"cutout": 0.625})
    assert measure.differing_settings(other) == {"epochs": 1234, "augmentation.cutout": 0.625}


def test_another_code_than_was_asked_for_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"^Expected the code of trainer/ as it was when"):
        measure.measure({"code": "of yesterday"})
