"""Runs components on local copies of artifacts on an object store, as Kubeflow Pipelines does.

TensorFlow does not read s3://. The pipeline's root is a local folder, which keeps the copies until
the run ends; so what a component has written, the next reads without a download. The metadata
contains the URIs.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx import types
from tfx.dsl.io import fileio
from tfx.orchestration.portable import launcher
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration.execution_result_pb2 import ExecutorOutput

from components.storage.local_copies import copy_folder
from pipeline.engines.staged_paths import to_local, to_uri


@contextlib.contextmanager
def stage_artifacts(folder: str) -> Iterator[None]:
    """Makes TFX's local runner stage the artifacts of each component.

    The runner offers no hook, but looks up its launcher class in a module each time.

    Args:
      folder: the folder for the copies; see pipeline.engines.staged_paths.
    """
    stock = launcher.Launcher
    operators = {
        spec: _staged(operator, folder)
        for spec, operator in launcher.DEFAULT_EXECUTOR_OPERATORS.items()
    }

    class StagedLauncher(stock):  # type: ignore[misc, valid-type]
        def __init__(self, **arguments: Any):
            super().__init__(**arguments, custom_executor_operators=operators)

    launcher.Launcher = StagedLauncher
    try:
        yield
    finally:
        launcher.Launcher = stock


def _staged(operator: type[Any], folder: str) -> type[Any]:
    """Returns an executor operator that fetches inputs, and uploads outputs after success."""

    class Staged(operator):
        def run_executor(self, execution_info: ExecutionInfo, *others: Any) -> ExecutorOutput:
            for artifact in _all(execution_info.input_dict):
                artifact.uri = _fetch(artifact.uri, folder)
            output = super().run_executor(execution_info, *others)
            for artifact in _all(execution_info.output_dict):
                local, artifact.uri = artifact.uri, to_uri(artifact.uri, folder)
                if artifact.uri != local:
                    copy_folder(local, artifact.uri)
            for found in output.output_artifacts.values():
                for written in found.artifacts:
                    _name_uris(written, folder)
            return output

    return Staged


def _all(artifacts: dict[str, list[types.Artifact]]) -> Iterable[types.Artifact]:
    return (artifact for several in artifacts.values() for artifact in several)


def _fetch(uri: str, folder: str) -> str:
    """Returns the path of the local copy of an artifact, which is made if it is missing."""
    local = to_local(uri, folder)
    # A partial run uses artifacts of earlier runs. One without files is absent on a store.
    if local != uri and not fileio.exists(local):
        if fileio.exists(uri):
            copy_folder(uri, local)
        fileio.makedirs(local)
    return local


def _name_uris(artifact: metadata_store_pb2.Artifact, folder: str) -> None:
    """Replaces local paths with URIs, also in the properties."""
    artifact.uri = to_uri(artifact.uri, folder)
    for properties in (artifact.properties, artifact.custom_properties):
        for value in properties.values():
            if value.HasField("string_value"):
                value.string_value = to_uri(value.string_value, folder)
