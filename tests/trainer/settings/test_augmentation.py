"""The magnitudes of the augmentation: the presets of each method and the allowed values."""

import math

import pytest
from pydantic import ValidationError

from trainer.settings.augmentation import AugmentationSettings

TUTORIAL = {
    "rotation_degrees": 25.0,
    "width_shift": 0.1,
    "height_shift": 0.1,
    "shear_degrees": 0.2,
    "zoom": 0.2,
    "flip_probability": 0.5,
    "brightness": 0.0,
    "contrast": 0.0,
    "saturation": 0.0,
    "cutout": 0.0,
}


def test_tutorial_has_the_tutorials_magnitudes() -> None:
    settings = AugmentationSettings(method="tutorial")
    assert settings.model_dump() == {"method": "tutorial", **TUTORIAL}


def test_strong_is_the_default_and_has_no_zero_magnitude() -> None:
    settings = AugmentationSettings()
    assert settings == AugmentationSettings(method="strong")
    assert all(value for name, value in settings.model_dump().items() if name != "method")


def test_none_has_only_zero_magnitudes() -> None:
    settings = AugmentationSettings(method="none").model_dump()
    assert settings == {"method": "none", **dict.fromkeys(TUTORIAL, 0.0)}


def test_settings_override_the_magnitudes_of_the_method() -> None:
    settings = AugmentationSettings(method="tutorial", zoom=0.0, cutout=0.3)
    assert settings.model_dump() == {
        "method": "tutorial",
        **TUTORIAL,
        "zoom": 0.0,
        "cutout": 0.3,
    }
    assert AugmentationSettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", "keras"),
        ("rotation_degrees", -1),
        ("rotation_degrees", 181),
        ("width_shift", 1.1),
        ("height_shift", -0.1),
        ("shear_degrees", 90),
        ("zoom", 1),
        ("flip_probability", 1.5),
        ("brightness", 2),
        ("contrast", math.nan),
        ("saturation", -1),
        ("cutout", 1.01),
        ("shear", 0.2),
    ],
)
def test_an_out_of_range_magnitude_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"AugmentationSettings\n{name}\n"):
        AugmentationSettings(**{name: value})
