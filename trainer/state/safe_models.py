"""Loads Keras models that can contain no code of others."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

import keras

_CONFIG = "config.json"
# Parts that run code, or load files, that came with the model.
_CODE = frozenset(
    {"Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
)
# The package of our own classes; see keras.saving.register_keras_serializable.
_OURS = "utkface>"


def load_safely(path: str) -> keras.Model:
    """Loads a `.keras` file in the safe mode of Keras.

    Args:
      path: a local file. Keras loads `.h5` files without a safe mode, so none are accepted.

    Raises:
      ValueError: if it is not a `.keras` file, or has parts that are neither Keras's nor ours, or
        that run code.
    """
    if not path.endswith(".keras") or not zipfile.is_zipfile(path):
        raise ValueError("expected a .keras file, a zip archive")
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(_CONFIG))
    for part in _parts(config):
        name, module = part["class_name"], part.get("module")
        registered = part.get("registered_name")
        ours = isinstance(registered, str) and registered.startswith(_OURS)
        if name in _CODE:
            raise ValueError(f"the model has a {name}, which could run any code")
        if not (ours or module in (None, "keras", "builtins") or module.startswith("keras.")):
            raise ValueError(f"the model has {module}.{name}, which is not a part of Keras")
    return keras.saving.load_model(path, safe_mode=True)


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yields each description of a layer, loss, metric or function, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("class_name"), str):
            yield value
        inner: Any = value.values()
    else:
        inner = value if isinstance(value, list) else ()
    for item in inner:
        yield from _parts(item)
