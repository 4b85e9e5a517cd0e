"""The settings of the augmentation."""

from typing import Any, Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings

# Default magnitudes of each method; missing magnitudes are 0.
_PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "tutorial": {
        "rotation_degrees": 25.0,
        "width_shift": 0.1,
        "height_shift": 0.1,
        "shear_degrees": 0.2,
        "zoom": 0.2,
        "flip_probability": 0.5,
    },
    "strong": {
        "rotation_degrees": 20.0,
        "width_shift": 0.08,
        "height_shift": 0.08,
        "shear_degrees": 8.6,
        "zoom": 0.2,
        "flip_probability": 0.5,
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "cutout": 0.4,
    },
}


class AugmentationSettings(Settings):
    """Random changes to training images. Settings below `method` override the values of the method.

    Each change is drawn uniformly and independently for each image. Pixels that come into the image
    from outside repeat its outermost pixels. The tutorial's values are arguments of Keras 2's
    ImageDataGenerator, whose `shear_range` is in degrees: its 0.2 moves no pixel by more than a
    sixth of a pixel.

    Attributes:
      method: set of default values. `none` disables augmentation, whatever the other settings say.
      rotation_degrees: maximum rotation to either side, in degrees.
      width_shift: maximum horizontal shift, as a share of the width.
      height_shift: maximum vertical shift, as a share of the height.
      shear_degrees: maximum shear to either side, in degrees.
      zoom: maximum zoom. Width and height are scaled separately by 1 - zoom to 1 + zoom; above 1
        shows more of the image.
      flip_probability: probability of a horizontal flip.
      brightness: maximum brightness change. All values are multiplied by 1 - brightness to 1 +
        brightness.
      contrast: maximum contrast change. Distances from the image's mean gray are multiplied by 1 -
        contrast to 1 + contrast.
      saturation: maximum saturation change. Distances from each pixel's gray are multiplied by 1 -
        saturation to 1 + saturation.
      cutout: maximum side of a blanked square, as a share of the image's side. Its center is
        anywhere in the image.
    """

    method: Literal["none", "tutorial", "strong"] = "strong"
    rotation_degrees: float = Field(default=0.0, ge=0, le=180)
    width_shift: float = Field(default=0.0, ge=0, le=1)
    height_shift: float = Field(default=0.0, ge=0, le=1)
    shear_degrees: float = Field(default=0.0, ge=0, lt=90)
    zoom: float = Field(default=0.0, ge=0, lt=1)
    flip_probability: float = Field(default=0.0, ge=0, le=1)
    brightness: float = Field(default=0.0, ge=0, le=1)
    contrast: float = Field(default=0.0, ge=0, le=1)
    saturation: float = Field(default=0.0, ge=0, le=1)
    cutout: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _apply_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        method = given.get("method", cls.model_fields["method"].default)
        return {**_PRESETS.get(str(method), {}), **given}
