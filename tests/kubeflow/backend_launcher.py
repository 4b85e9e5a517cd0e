"""The stand-in for the launcher of Kubeflow Pipelines, which runs in the container of a step.

It mirrors backend/src/v2/component and backend/src/v2/objectstore of kubeflow/pipelines 2.5.0:

- Each attempt starts with empty folders /gcs, /s3 and /minio. Inputs are downloaded by prefix,
  so siblings whose names start with the name of the artifact are downloaded too. A store has no
  empty folders.
- Placeholders for inputs, outputs and the whole input are replaced; job placeholders are not.
- The outputs of a failed step are not uploaded.
- An output cannot be uploaded if the step sets its URI outside the root of the run. An output
  without files is recorded; an output parameter without a file is an error.
- ML Metadata returns the metadata of an artifact with all numbers as doubles, structures
  wrapped, and no nulls.
"""

import json
import math
import shutil
from pathlib import Path
from typing import Any

from tests.kubeflow.backend_driver import Message, Metadata, Run

SCHEMES = {"gs": "gcs", "s3": "s3", "minio": "minio"}


class LauncherError(RuntimeError):
    """The launcher failed; the step counts as failed."""


class Launcher:
    """Prepares one attempt of a step and collects its outputs.

    Args:
      bucket: the folder in place of the object store.
      folder: the folder of this attempt; must not exist.
      told: the ExecutorInput of the step.
    """

    def __init__(self, bucket: Path, folder: Path, told: Message):
        self._bucket, self._told = bucket, told
        self.staging, self.elsewhere = folder / "staging", folder / "elsewhere"
        self.elsewhere.mkdir(parents=True)
        for path in self._files():
            path.parent.mkdir(parents=True, exist_ok=True)
        for found in told["inputs"]["artifacts"].values():
            self._download(found["artifacts"][0]["uri"])

    def fill(self, part: str) -> str:
        """Replaces the placeholders in an argument by their values."""
        told = self._told
        for key, value in told["inputs"]["parameterValues"].items():
            part = part.replace(f"{{{{$.inputs.parameters['{key}']}}}}", _text(value))
        for side in ("inputs", "outputs"):
            for key, found in told[side]["artifacts"].items():
                uri = found["artifacts"][0]["uri"]
                part = part.replace(f"{{{{$.{side}.artifacts['{key}'].uri}}}}", uri)
                local = str(self._local(uri))
                part = part.replace(f"{{{{$.{side}.artifacts['{key}'].path}}}}", local)
        for key, output in told["outputs"]["parameters"].items():
            placeholder = f"{{{{$.outputs.parameters['{key}'].output_file}}}}"
            part = part.replace(placeholder, output["outputFile"])
        return part.replace("{{$}}", json.dumps(_numbers(told)))

    def collect(self, run: Run, name: str, component: Message, metadata: Metadata) -> None:
        """Uploads and records the outputs of a successful step.

        Raises:
          LauncherError: if an output cannot be read or uploaded.
        """
        definitions = component.get("outputDefinitions", {}).get("parameters", {})
        for key, output in self._told["outputs"]["parameters"].items():
            path = Path(output["outputFile"])
            if not path.exists():
                raise LauncherError(f"{name}: failed to read output parameter {key}: {path}")
            text = path.read_text()
            number = definitions[key]["parameterType"].startswith("NUMBER")
            metadata.parameters[f"{name}.{key}"] = float(text) if number else text
        told_file = Path(self._told["outputs"]["outputFile"])
        written = json.loads(told_file.read_text()) if told_file.exists() else {}
        for key, found in self._told["outputs"]["artifacts"].items():
            (artifact,) = found["artifacts"]
            for said in written.get("artifacts", {}).get(key, {}).get("artifacts", []):
                artifact["uri"] = said.get("uri") or artifact["uri"]
                artifact["metadata"] = {**artifact["metadata"], **said.get("metadata", {})}
            uri = artifact["uri"]
            if not uri.startswith(f"{run.root}/"):
                raise LauncherError(f"{name}: failed to upload output artifact {key}: {uri}")
            self._upload(uri)
            recorded = {key: _recorded(value) for key, value in artifact["metadata"].items()}
            metadata.record(
                f"{name}.{key}",
                {
                    "uri": uri,
                    "metadata": {**recorded, "display_name": key, "store_session_info": "{}"},
                    "type": _title(artifact["type"]),
                },
            )

    def _files(self) -> list[Path]:
        """Returns the output paths of the step; the launcher creates their parent folders."""
        outputs = self._told["outputs"]
        return [
            *(self._local(one["artifacts"][0]["uri"]) for one in outputs["artifacts"].values()),
            *(Path(one["outputFile"]) for one in outputs["parameters"].values()),
            Path(outputs["outputFile"]),
        ]

    def _local(self, uri: str) -> Path:
        scheme, _, rest = uri.partition("://")
        return self.staging / SCHEMES[scheme] / rest

    def _download(self, uri: str) -> None:
        source, target = self._bucket / uri.partition("://")[2], self._local(uri)
        for found in source.parent.glob(f"{source.name}*"):
            if found.is_file():
                _copy(found, target.parent / found.name)
            for path in found.rglob("*"):
                if path.is_file():
                    _copy(path, target.parent / path.relative_to(source.parent))

    def _upload(self, uri: str) -> None:
        source, target = self._local(uri), self._bucket / uri.partition("://")[2]
        if source.is_file():
            _copy(source, target)
        for path in source.rglob("*"):
            if path.is_file():
                _copy(path, target / path.relative_to(source))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _title(kind: Message) -> str:
    """Returns the name of a type in ML Metadata."""
    if "schemaTitle" in kind:
        return str(kind["schemaTitle"])
    return str(kind["instanceSchema"]).splitlines()[0].removeprefix("title: ")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(_number(value)) if isinstance(value, float) else str(value)


def _numbers(value: Any) -> Any:
    """Returns a message as in JSON: doubles with whole values become integers."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [*map(_numbers, value)]
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float | int:
    return int(value) if math.isfinite(value) and value == int(value) else value


def _recorded(value: Any) -> Any:
    """Returns a value as the metadata store returns it; null is not supported."""
    assert value is not None
    if isinstance(value, dict | list):
        return {"struct" if isinstance(value, dict) else "list": value}
    return float(value) if isinstance(value, int) else value
