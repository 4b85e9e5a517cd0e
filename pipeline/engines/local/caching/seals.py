"""Seals: digests of the files of an artifact, recorded with it once its component has finished."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx import types
from tfx.dsl.io import fileio
from tfx.orchestration.portable import launcher
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration.execution_result_pb2 import ExecutorOutput

from components.storage import files
from components.storage.integrity import digest_folder

# Custom properties of an artifact: the SHA-256 of its files by name, and of their names alone.
CONTENT = "content_sha256"
NAMES = "names_sha256"


@contextlib.contextmanager
def seal_outputs() -> Iterator[None]:
    """Makes TFX's local runner seal the outputs of each component.

    The runner offers no hook, but looks up its executor operators in a module each time.
    """
    stock = launcher.DEFAULT_EXECUTOR_OPERATORS
    launcher.DEFAULT_EXECUTOR_OPERATORS = {
        spec: _sealing(operator) for spec, operator in stock.items()
    }
    try:
        yield
    finally:
        launcher.DEFAULT_EXECUTOR_OPERATORS = stock


def are_intact(outputs: Mapping[str, Sequence[types.Artifact]], folder: str) -> bool:
    """Returns whether artifacts still have all the files that their component wrote, unchanged.

    On an object store only the names are compared: a store writes a file whole or not at all.

    Args:
      outputs: the artifacts, by the key of the output.
      folder: the folder of all artifacts; an artifact elsewhere belongs to another root.
    """
    return all(
        _is_intact(artifact, key, folder)
        for key, artifacts in outputs.items()
        for artifact in artifacts
    )


def _is_intact(artifact: types.Artifact, key: str, folder: str) -> bool:
    # TFX pairs artifacts with outputs in the order in which the store returns them.
    parts = artifact.uri.removeprefix(f"{folder}/").split("/")
    if not artifact.uri.startswith(f"{folder}/") or parts[1:2] != [key]:
        return False
    name = NAMES if files.is_remote(artifact.uri) else CONTENT
    expected = artifact.get_string_custom_property(name)
    return bool(expected) and fileio.isdir(artifact.uri) and _SEALS[name](artifact.uri) == expected


def _sealing(operator: type[Any]) -> type[Any]:
    """Returns an executor operator that seals the outputs after success."""

    class Sealing(operator):
        def run_executor(self, execution_info: ExecutionInfo, *others: Any) -> ExecutorOutput:
            output = super().run_executor(execution_info, *others)
            seal = cache(_seal)
            # TFX takes properties from both.
            for artifacts in execution_info.output_dict.values():
                _record(seal, (artifact.mlmd_artifact for artifact in artifacts))
            for written in output.output_artifacts.values():
                _record(seal, written.artifacts)
            return output

    return Sealing


def _record(
    seal: Callable[[str], dict[str, str]], artifacts: Iterable[metadata_store_pb2.Artifact]
) -> None:
    for artifact in artifacts:
        for name, digest in seal(artifact.uri).items():
            artifact.custom_properties[name].string_value = digest


def _seal(uri: str) -> dict[str, str]:
    return {name: seal(uri) for name, seal in _SEALS.items()}


def _seal_content(uri: str) -> str:
    return _digest(digest_folder(uri))


def _seal_names(uri: str) -> str:
    base = uri.rstrip("/")
    paths = [f"{root.rstrip('/')}/{name}" for root, _, names in fileio.walk(base) for name in names]
    return _digest(sorted(path.removeprefix(f"{base}/") for path in paths))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


_SEALS: dict[str, Callable[[str], str]] = {CONTENT: _seal_content, NAMES: _seal_names}
