"""Converts a SavedModel to a file that predicts the same."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TextIO, cast

from components.errors import InputError
from components.serving.manifest import find_model_damage, has_manifest
from components.storage.disk_room import room_for_temporary_files
from components.storage.local_copies import local_copy
from components.storage.remote_places import reaching
from pipeline.console.output_files import check_outputs, write_atomically
from pipeline.console.quiet import quiet_stderr
from pipeline.layout import MODEL_FILE, check_no_wildcards
from pipeline.tools.exporting.formats import FORMATS


@dataclass(frozen=True)
class Export:
    """The result of a conversion.

    Attributes:
      size: the size of the file, in bytes.
      differences: the result of pipeline.tools.exporting.parity.compare.
      shape: height, width and channels of an input image.
    """

    size: int
    differences: dict[str, float]
    shape: tuple[int, int, int]


def check_request(model: str, output: str, *, force: bool) -> None:
    """Checks the paths before the work starts.

    Args:
      model: a folder or a URI.
      output: a file or a URI.
      force: whether an existing `output` may be replaced.

    Raises:
      InputError: if there is no SavedModel, or its path contains wildcards; if the file cannot be
        written or exists already; or if a store cannot be reached.
    """
    if _exists(output) and not force:
        raise InputError(
            f"{output}: expected a new file; it exists, and is not overwritten. Choose another "
            "path, or use --force."
        )
    if not _is_uri(model):
        check_no_wildcards(model)
    if not _is_uri(output):
        check_outputs([Path(output)], [])
    if not _exists(f"{model.rstrip('/')}/{MODEL_FILE}"):
        raise InputError(
            f"{model}: expected the folder of a SavedModel; there is no {MODEL_FILE} in it. "
            "Pushed models are the folders of ROOT/serving."
        )


@quiet_stderr()
def convert(model: str, format_name: str, output: str) -> Export:
    """Converts a model, compares the predictions of both, and writes the file if they match.

    Args:
      model, output: paths that passed check_request.
      format_name: a key of FORMATS.

    Raises:
      InputError: if a file differs from the manifest of the model, if the model cannot be loaded
        or has no signature for pixels, or if a store cannot be reached.
      ParityError: if the predictions differ by more than TOLERANCES; no file is written.
      OSError: if the file cannot be written.
    """
    from pipeline.tools.exporting.parity import compare
    from pipeline.tools.exporting.pixels_model import load_pixels_model

    converter = FORMATS[format_name].load()
    with local_copy(model) as folder:
        if has_manifest(folder) and (damage := find_model_damage(folder)):
            raise InputError(
                f"{model}: expected the files that were pushed; {damage}. Export another version."
            )
        try:
            loaded = load_pixels_model(folder)
        except InputError as error:
            raise InputError(f"{model}: {error}") from None
    with room_for_temporary_files():
        content = converter.convert(loaded.function)
    differences = compare(loaded.predict, converter.load(content), loaded.shape)
    _write(output, content)
    return Export(len(content), differences, loaded.shape)


def _is_uri(path: str) -> bool:
    return "://" in path


def _exists(path: str) -> bool:
    if not _is_uri(path):
        return Path(path).exists()
    with reaching(path):
        return bool(_load_fileio().exists(path))


def _load_fileio() -> ModuleType:
    """Returns TFX's file module with our object stores; the import takes seconds."""
    from tfx.dsl.io import fileio

    from components.storage import object_store

    object_store.register()
    return fileio


def _write(output: str, content: bytes) -> None:
    if _is_uri(output):
        with reaching(output), _load_fileio().open(output, "wb") as file:
            file.write(content)
        return
    with write_atomically(Path(output)) as text:
        cast(TextIO, text).buffer.write(content)
