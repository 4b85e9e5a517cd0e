"""What `trainer.architecture: pretrained` is made of."""

import ast
import functools
import importlib.util
from pathlib import Path

from pydantic import Field, field_validator

from trainer.settings.base import Settings

WEIGHTS_SUFFIXES = (".weights.h5", ".keras", ".h5")


class PretrainedError(ValueError):
    """The settings name a network or weights that cannot be used; the message says why."""


class PretrainedSettings(Settings):
    """A network of `keras.applications` under the heads; nothing is ever downloaded.

    Attributes:
      application: its name there, such as MobileNetV3Small.
      weights: the path or URI of its weights: a .weights.h5 or .keras file as Keras saves it, or
        one of the .h5 files that Keras publishes, without the top. null begins with random ones.
      frozen_epochs: so many epochs train the heads alone before all layers are trained; 0 trains
        all from the start. A warm start, whose heads have been trained, has none.
      fine_tune_learning_rate: the highest of the schedule once all layers are trained, which then
        begins anew; null takes `learning_rate`. Without frozen epochs it is not looked at.
    """

    application: str = "MobileNetV3Small"
    weights: str | None = Field(default=None, min_length=1)
    frozen_epochs: int = Field(default=0, ge=0)
    fine_tune_learning_rate: float | None = Field(default=None, gt=0)

    @field_validator("application")
    @classmethod
    def _check_application(cls, name: str) -> str:
        known = list_applications()
        if known and name not in known:
            raise ValueError(f"expected a network of keras.applications: {', '.join(known)}")
        return name

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, path: str | None) -> str | None:
        if path is None:
            return None
        if not path.endswith(WEIGHTS_SUFFIXES):
            raise ValueError(f"expected a file that ends in {', '.join(WEIGHTS_SUFFIXES)}")
        if "://" in path:
            return path
        try:
            return str(Path(path).expanduser().absolute())
        except RuntimeError as error:
            raise ValueError(str(error)) from None


@functools.cache
def list_applications() -> tuple[str, ...]:
    """Returns what the Keras that is installed has, out of its text: loading it takes seconds.

    Empty where the text is not where this release of Keras has it; the name is then checked when
    the network is built.
    """
    found = importlib.util.find_spec("keras")
    text = Path(found.origin or "").parent / "applications" / "__init__.py" if found else None
    if text is None or not text.is_file():
        return ()
    names = {
        alias.asname or alias.name
        for node in ast.parse(text.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    # Those in lower case are its modules.
    return tuple(sorted(name for name in names if name[0].isupper()))
