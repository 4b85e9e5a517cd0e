"""A stand-in for the backend of open-source Kubeflow Pipelines: it runs a compiled package.

It keeps to what the backend does: the driver (backend/src/v2/driver) and the launcher
(backend/src/v2/component) of kubeflow/pipelines. Input artifacts have no type; URIs are
staged; no ExampleGen driver runs; each command is a process of its own.
"""

import concurrent.futures
import graphlib
import itertools
import json
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

import yaml

from tests.kubeflow.step import run_step

Message = dict[str, Any]

SCHEMES = {"gs": "gcs", "s3": "s3", "minio": "minio"}
TYPES = {"STRING": str, "NUMBER_INTEGER": float | int, "NUMBER_DOUBLE": float | int}


class StepError(RuntimeError):
    """A step ended with another exit code than 0."""

    def __init__(self, task: str, returncode: int, log: str):
        super().__init__(f"{task} ended with {returncode}:\n{log[-6000:]}")
        self.task, self.returncode, self.log = task, returncode, log


class OpenBackend:
    """Runs packages.

    Attributes:
      bucket: the folder that stands for the object store: SCHEME://BUCKET/KEY is at BUCKET/KEY.
      outputs: the artifacts of the last run by "TASK.OUTPUT", as the backend records them.
      logs: what each task of the last run wrote.
    """

    def __init__(self, bucket: Path, work: Path, secrets: dict[str, dict[str, str]]):
        self.bucket, self._work, self._secrets = bucket, work, secrets
        self._ids = itertools.count(1)
        self.outputs: dict[str, Message] = {}
        self.logs: dict[str, str] = {}

    def run(self, package: Path, parameters: Message, *, defaults: bool = True) -> None:
        """Runs a package as the root driver and Argo would.

        Args:
          package: the compiled YAML.
          parameters: of the run.
          defaults: fills in the defaults of the pipeline, as the API server does.

        Raises:
          StepError: if a step fails.
        """
        self._spec, self._platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
        assert self._spec["schemaVersion"] == "2.1.0"
        known = self._spec["root"]["inputDefinitions"]["parameters"]
        assert parameters.keys() <= known.keys()
        filled = {name: spec["defaultValue"] for name, spec in known.items()} if defaults else {}
        self._run_id = str(uuid.uuid4())
        self.outputs, self.logs, self._chosen = {}, {}, {}
        self._run_tasks(self._spec["root"]["dag"]["tasks"], {**filled, **parameters})

    def path_of(self, uri: str) -> Path:
        return self.bucket / re.sub(r"^\w+://", "", uri)

    def _run_tasks(self, tasks: dict[str, Message], given: Message) -> None:
        order = graphlib.TopologicalSorter(
            {name: task.get("dependentTasks", []) for name, task in tasks.items()}
        )
        order.prepare()
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            running: dict[concurrent.futures.Future[None], str] = {}
            while order.is_active():
                for name in order.get_ready():
                    running[pool.submit(self._run_task, name, tasks[name], given)] = name
                done, _ = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED
                )
                for future in done:
                    future.result()
                    order.done(running.pop(future))

    def _run_task(self, name: str, task: Message, given: Message) -> None:
        component = self._spec["components"][task["componentRef"]["name"]]
        inputs = self._resolve_parameters(task, component, given)
        if not self._is_triggered(task, inputs):
            return
        if "dag" in component:
            self._run_tasks(component["dag"]["tasks"], inputs)
        else:
            self._run_container(name, task, component, inputs)

    @staticmethod
    def _is_triggered(task: Message, inputs: Message) -> bool:
        """Understands the one kind of condition that is here; the backend has CEL for it."""
        condition = task.get("triggerPolicy", {}).get("condition")
        if condition is None:
            return True
        read = re.fullmatch(r"int\(inputs\.parameter_values\['(\w+)'\]\) >= (\d+)", condition)
        return int(inputs[read[1]]) >= int(read[2])

    def _run_container(self, name: str, task: Message, component: Message, inputs: Message) -> None:
        label = component["executorLabel"]
        container = self._spec["deploymentSpec"]["executors"][label]["container"]
        folder = self._work / self._run_id / name
        staging, elsewhere = folder / "staging", folder / "elsewhere"
        elsewhere.mkdir(parents=True)
        told: Message = {
            "inputs": {
                "parameterValues": inputs,
                "artifacts": self._resolve_artifacts(task),
            },
            "outputs": {
                "artifacts": self._provision(name, component),
                "parameters": {
                    key: {"outputFile": str(folder / "outputs" / key)}
                    for key in component.get("outputDefinitions", {}).get("parameters", {})
                },
                "outputFile": str(folder / "kfp_outputs" / "output_metadata.json"),
            },
        }
        image = re.fullmatch(r"\{\{\$\.inputs\.parameters\['(.+?)'\]\}\}", container["image"])
        assert told["inputs"]["parameterValues"][image[1]] if image else container["image"]
        self._download(told, staging)
        command = [
            self._substitute(part, told) for part in [*container["command"], *container["args"]]
        ]
        environment = self._environment(label, container, staging)
        returncode, self.logs[name] = run_step(command, elsewhere, environment)
        if returncode:
            raise StepError(name, returncode, self.logs[name])
        for key, output in told["outputs"]["parameters"].items():
            self._chosen[f"{name}.{key}"] = int(Path(output["outputFile"]).read_text())
        self._upload(name, told, staging)
        shutil.rmtree(folder)

    def _resolve_parameters(self, task: Message, component: Message, given: Message) -> Message:
        resolved = {}
        for key, source in task.get("inputs", {}).get("parameters", {}).items():
            spec = component["inputDefinitions"]["parameters"][key]
            if "runtimeValue" in source:
                value = source["runtimeValue"]["constant"]
            elif "taskOutputParameter" in source:
                made = source["taskOutputParameter"]
                value = self._chosen[f"{made['producerTask']}.{made['outputParameterKey']}"]
            elif source["componentInputParameter"] in given:
                value = given[source["componentInputParameter"]]
            else:
                assert spec.get("isOptional"), f"{key}: neither value nor default"
                continue
            assert isinstance(value, TYPES[spec["parameterType"]]), f"{key}: type mismatch"
            resolved[key] = value
        return resolved

    def _resolve_artifacts(self, task: Message) -> Message:
        """The backend hands on what it recorded: an empty type, and each number a double."""
        resolved = {}
        for key, source in task.get("inputs", {}).get("artifacts", {}).items():
            made = source["taskOutputArtifact"]
            recorded = self.outputs[f"{made['producerTask']}.{made['outputArtifactKey']}"]
            resolved[key] = {"artifacts": [{**recorded, "type": {"instanceSchema": ""}}]}
        return resolved

    def _provision(self, name: str, component: Message) -> Message:
        specs = dict(component.get("outputDefinitions", {}).get("artifacts", {}))
        specs["executor-logs"] = {"artifactType": {"schemaTitle": "system.Artifact"}}
        root, pipeline = self._spec["defaultPipelineRoot"], self._spec["pipelineInfo"]["name"]
        salt = uuid.uuid4()
        return {
            key: {
                "artifacts": [
                    {
                        "uri": f"{root}/{pipeline}/{self._run_id}/{name}/{salt}/{key}",
                        "type": spec["artifactType"],
                        "metadata": spec.get("metadata", {}),
                    }
                ]
            }
            for key, spec in specs.items()
        }

    def _download(self, told: Message, staging: Path) -> None:
        for found in told["inputs"]["artifacts"].values():
            uri = found["artifacts"][0]["uri"]
            self._copy_files(self.path_of(uri), self._local(uri, staging))
        for found in told["outputs"]["artifacts"].values():
            self._local(found["artifacts"][0]["uri"], staging).parent.mkdir(
                parents=True, exist_ok=True
            )
        Path(told["outputs"]["outputFile"]).parent.mkdir()

    def _upload(self, name: str, told: Message, staging: Path) -> None:
        told_file = Path(told["outputs"]["outputFile"])
        # A step that is no component of TFX need not tell anything.
        written = json.loads(told_file.read_text()) if told_file.exists() else {}
        for key, found in told["outputs"]["artifacts"].items():
            (artifact,) = found["artifacts"]
            for said in written.get("artifacts", {}).get(key, {}).get("artifacts", []):
                artifact["uri"] = said.get("uri") or artifact["uri"]
                artifact["metadata"] = {**artifact["metadata"], **said.get("metadata", {})}
            uri = artifact["uri"]
            if uri.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
                self._copy_files(self._local(uri, staging), self.path_of(uri))
            self.outputs[f"{name}.{key}"] = {
                "name": str(next(self._ids)),
                "uri": uri,
                "metadata": {
                    **{key: _recorded(value) for key, value in artifact["metadata"].items()},
                    "display_name": key,
                    "store_session_info": "{}",
                },
            }

    @staticmethod
    def _local(uri: str, staging: Path) -> Path:
        scheme, _, rest = uri.partition("://")
        return staging / SCHEMES[scheme] / rest

    @staticmethod
    def _copy_files(source: Path, target: Path) -> None:
        """An object store has no empty folders."""
        for path in source.rglob("*"):
            if path.is_file():
                copy = target / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)

    @staticmethod
    def _substitute(part: str, told: Message) -> str:
        for key, value in told["inputs"]["parameterValues"].items():
            part = part.replace(f"{{{{$.inputs.parameters['{key}']}}}}", str(value))
        for key, output in told["outputs"]["parameters"].items():
            placeholder = f"{{{{$.outputs.parameters['{key}'].output_file}}}}"
            part = part.replace(placeholder, output["outputFile"])
        return part.replace("{{$}}", json.dumps(told))

    def _environment(self, label: str, container: Message, staging: Path) -> dict[str, str]:
        """What a fresh container would have, with the settings that the package asks for."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(staging),
            "UTKFACE_STAGING": str(staging),
            "TF_CPP_MIN_LOG_LEVEL": "1",
        }
        environment |= {item["name"]: item["value"] for item in container.get("env", [])}
        kubernetes = self._platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        for secret in kubernetes[label].get("secretAsEnv", []):
            for item in secret["keyToEnv"]:
                value = self._secrets[secret["secretName"]][item["secretKey"]]
                environment[item["envVar"]] = value
        return environment


def _recorded(value: Any) -> Any:
    """Returns a value as it comes back from the metadata store, which knows no null."""
    assert value is not None
    if isinstance(value, dict | list):
        return {"struct" if isinstance(value, dict) else "list": value}
    return float(value) if isinstance(value, int) else value
