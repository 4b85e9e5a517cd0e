"""The reported settings, and the check that the code is unchanged."""

import pytest

from trainer.measuring import measure
from trainer.settings.hyperparameters import Hyperparameters


def test_default_settings_are_not_reported() -> None:
    assert measure.differing_settings(Hyperparameters(architecture="seed", seed=8)) == {}


def test_changed_settings_are_reported_by_their_dotted_names() -> None:
    other = Hyperparameters(epochs=1234, augmentation={"cutout": 0.625})
    assert measure.differing_settings(other) == {"epochs": 1234, "augmentation.cutout": 0.625}


def test_a_request_for_other_code_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"^Expected the code of trainer/ as it was when"):
        measure.measure({"code": "of yesterday"})
