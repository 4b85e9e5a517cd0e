"""The settings of `trainer.architecture: pretrained`."""

import ast
import functools
import importlib.util
from pathlib import Path

from pydantic import Field, field_validator

from trainer.settings.base import Settings, absolute_path

WEIGHTS_SUFFIXES = (".weights.h5", ".keras", ".h5")


class PretrainedError(ValueError):
    """The settings name a network or weights that cannot be used. The message gives the reason."""


class PretrainedSettings(Settings):
    """A network of `keras.applications` below the heads. Nothing is downloaded.

    Attributes:
      application: name of the network in `keras.applications`.
      weights: path or URI of the network's weights. A `.weights.h5` or `.keras` file saved by
        Keras, or one of the `.h5` files without top that Keras publishes. `null` uses random
        weights.
      frozen_epochs: epochs that train only the heads. All layers train afterwards. A warm start
        skips these epochs.
      fine_tune_learning_rate: peak learning rate once all layers train. The schedule starts over at
        that point. `null` uses `learning_rate`. Without frozen epochs it has no effect.
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
        return absolute_path(path)


@functools.cache
def list_applications() -> tuple[str, ...]:
    """Returns the networks of the installed Keras. Reads its source, as importing takes seconds.

    Returns nothing if the source is not where Keras 3 has it. The name is then checked when the
    network is built.
    """
    spec = importlib.util.find_spec("keras")
    source = Path(spec.origin or "").parent / "applications" / "__init__.py" if spec else None
    if source is None or not source.is_file():
        return ()
    names = {
        alias.asname or alias.name
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    # Names in lower case are modules.
    return tuple(sorted(name for name in names if name[0].isupper()))
