"""How training images are varied."""

from typing import Any, Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings

# What each method's magnitudes are unless they are set; a magnitude that it lacks is 0.
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
    """A method, and magnitudes over those that it has.

    Each variation is drawn anew for each image, uniformly and independently. The tutorial's
    magnitudes are the arguments of Keras 2's ImageDataGenerator, whose `shear_range` is in
    degrees: its 0.2, which reads like a share, moves no pixel by more than a sixth of a pixel.
    An image's outermost pixels fill what comes into it from outside.

    Attributes:
      method: `strong` and `tutorial` vary the training images by the magnitudes below, each by
        its own where none is set; `none` takes them as they are, whatever the magnitudes.
      rotation_degrees: turns by up to so much to either side.
      width_shift: shifts sideways by up to so much of the width.
      height_shift: shifts up or down by up to so much of the height.
      shear_degrees: tilts the columns by up to so much to either side.
      zoom: scales width and height, apart, by 1 - zoom to 1 + zoom; above 1 shows more.
      flip_probability: of mirroring left and right.
      brightness: multiplies all values by 1 - brightness to 1 + brightness.
      contrast: multiplies the distances from the image's mean grey in the same way.
      saturation: multiplies the distances from each pixel's own grey in the same way.
      cutout: blanks out a square whose side is up to so much of the image's, its centre
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
    def _fill_in(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        method = given.get("method", cls.model_fields["method"].default)
        return {**_PRESETS.get(str(method), {}), **given}
