"""The base of all settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Immutable settings, validated when they are created.

    Raises:
      pydantic.ValidationError: for an unknown name, a value that does not fit, a NaN or infinity.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )


def absolute_path(path: str) -> str:
    """Returns an absolute path, with `~` expanded; a URI is returned unchanged.

    Raises:
      ValueError: if the home folder of `~` is unknown.
    """
    if "://" in path:
        return path
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns each value by its dotted name, such as `augmentation.method`."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
