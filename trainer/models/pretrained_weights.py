"""Loads the weights of a keras.applications network from a file, without downloads."""

import hashlib
import io
import tempfile
import textwrap
import zipfile

import h5py
import keras
from tfx.dsl.io import fileio

from trainer.settings.pretrained import WEIGHTS_SUFFIXES, PretrainedError, PretrainedSettings

# Inside a .keras file.
_WEIGHTS_MEMBER = "model.weights.h5"
# Limit for messages of Keras, which may list every layer.
_MAX_MESSAGE_LENGTH = 200


def load_weights(backbone: keras.Model, settings: PretrainedSettings) -> None:
    """Loads the weights file in the settings into a network.

    Raises:
      PretrainedError: if the file is missing, or does not have the weights of this network.
    """
    content = _read(settings)
    suffix = next(end for end in WEIGHTS_SUFFIXES if str(settings.weights).endswith(end))
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        copy.write(content)
        copy.flush()
        try:
            backbone.load_weights(copy.name)
        # Keras, h5py and zipfile raise many kinds of errors for other files.
        except Exception as error:
            raise PretrainedError(
                f"{settings.weights}: expected {describe(backbone, settings)}. Found "
                f"{_describe_file(content, suffix)}, which Keras cannot load into this network: "
                f"{textwrap.shorten(str(error), _MAX_MESSAGE_LENGTH)}"
            ) from error


def digest_weights(settings: PretrainedSettings) -> str:
    """Returns the SHA-256 of the weights file, 64 hexadecimal digits.

    Raises:
      PretrainedError: if the file is missing.
    """
    return hashlib.sha256(_read(settings)).hexdigest()


def describe(backbone: keras.Model, settings: PretrainedSettings) -> str:
    """Describes the weights: `the weights of keras.applications.VGG16 without its top, ...`."""
    return (
        f"the weights of keras.applications.{settings.application} without its top, "
        f"{len(backbone.weights)} arrays of {backbone.count_params():,} numbers"
    )


def _read(settings: PretrainedSettings) -> bytes:
    try:
        with fileio.open(settings.weights, "rb") as file:
            return bytes(file.read())
    except Exception as error:
        raise PretrainedError(
            f"{settings.weights}: expected a file with the weights of "
            f"keras.applications.{settings.application}; found no readable file: {error}. "
            "Set trainer.pretrained.weights to its path, or to null for random weights."
        ) from error


def _describe_file(content: bytes, suffix: str) -> str:
    try:
        if suffix == ".keras":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(_WEIGHTS_MEMBER)
        sizes: list[int] = []
        with h5py.File(io.BytesIO(content), "r") as file:
            file.visititems(
                lambda _, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None
            )
    except (OSError, KeyError, zipfile.BadZipFile):
        return f"{len(content):,} bytes that are not a {suffix} file"
    return f"{len(sizes)} arrays of {sum(sizes):,} numbers"
