"""The stand-in for the driver of Kubeflow Pipelines, which resolves the inputs of a task.

It mirrors backend/src/v2/driver of kubeflow/pipelines 2.5.0. Differences of later releases are
noted:

- The driver writes an INPUT event for each input artifact into ML Metadata, whose schema in the
  manifests of 2.4 to 2.17 has UNIQUE(artifact_id, execution_id, type): an artifact that is
  used for two inputs ends the run. The messages of 2.5.0 and 2.17.0 differ; `release` selects
  one.
- A constant that is exactly `{{$.pipeline_job_uuid}}` or another placeholder of a job or a task
  is replaced (2.5.0, kubeflow/pipelines#11599). A placeholder inside a longer constant or an
  argument is not.
- Artifacts and parameters come from tasks in the same DAG. Artifacts have no type; all numbers
  are doubles.
- The URI of an output is ROOT/PIPELINE/RUN/TASK/SALT/OUTPUT. ROOT is set when the run is
  created; its default is in the cluster's `kfp-launcher` ConfigMap. Only the form of the user
  interface reads `defaultPipelineRoot` of the specification.
"""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]

_TYPES = {
    "STRING": str,
    "NUMBER_INTEGER": float,
    "NUMBER_DOUBLE": float,
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
_TWICE = {
    "2.5": "rpc error: code = AlreadyExists desc = Given event already exists: artifact {id}",
    "2.17": "failed to lookup existing execution: artifact {id} is an input twice",
}


class DriverError(RuntimeError):
    """The driver refused a task, so the task does not run."""


@dataclass
class Metadata:
    """The contents of the metadata store for one run.

    Attributes:
      release: the release of Kubeflow Pipelines, 2.5 or 2.17.
      artifacts: the recorded artifacts, keyed by "TASK.OUTPUT"; `name` is the ID.
      parameters: the output parameters of finished tasks, keyed by "TASK.OUTPUT".
    """

    release: str = "2.5"
    artifacts: dict[str, Message] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def record(self, output: str, artifact: Message) -> None:
        self.artifacts[output] = {"name": str(next(self._ids)), **artifact}

    def add_input_events(self, task: str, found: Message) -> None:
        """Records the input events of an execution.

        Raises:
          DriverError: if two inputs are the same artifact.
        """
        ids = [one["artifacts"][0]["name"] for one in found.values()]
        for number in ids:
            if ids.count(number) > 1:
                raise DriverError(f"{task}: {_TWICE[self.release].format(id=number)}")


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
      run_id: the ID of the run.
      pipeline: the name of the pipeline.
      root: the URI that artifacts are stored under, without a trailing slash.
    """

    run_id: str
    pipeline: str
    root: str

    def uri(self, task: str, salt: str, output: str) -> str:
        return f"{self.root}/{self.pipeline}/{self.run_id}/{task}/{salt}/{output}"


def resolve_parameters(
    run: Run, name: str, task: Message, component: Message, given: Message, metadata: Metadata
) -> Message:
    """Returns the values of a task's parameters.

    Args:
      run: the run of the task.
      name: the name of the task.
      task, component: the task and its component in the specification.
      given: the parameters of the DAG that contains the task.
      metadata: the metadata of the run.

    Raises:
      DriverError: if a required parameter has no value, or a value has the wrong type.
    """
    definitions = component.get("inputDefinitions", {}).get("parameters", {})
    resolved = {}
    for key, source in task.get("inputs", {}).get("parameters", {}).items():
        if key not in definitions:
            raise DriverError(f"{name}: no input {key} in the component")
        if "runtimeValue" in source:
            value = _fill(source["runtimeValue"]["constant"], run, name)
        elif "taskOutputParameter" in source:
            made = source["taskOutputParameter"]
            output = f"{made['producerTask']}.{made['outputParameterKey']}"
            if output not in metadata.parameters:
                raise DriverError(f"{name}: cannot find the output parameter {output}")
            value = metadata.parameters[output]
        elif source["componentInputParameter"] in given:
            value = given[source["componentInputParameter"]]
        elif definitions[key].get("isOptional"):
            continue
        else:
            raise DriverError(f"{name}: parameter {key} has neither a value nor a default")
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        kind = definitions[key]["parameterType"]
        if not isinstance(value, _TYPES[kind]):
            raise DriverError(f"{name}: parameter {key} is no {kind}: {value!r}")
        resolved[key] = value
    return resolved


def resolve_artifacts(name: str, task: Message, siblings: set[str], metadata: Metadata) -> Message:
    """Returns the input artifacts of a task.

    Raises:
      DriverError: if an artifact was not made in this DAG, or is used for two inputs.
    """
    resolved = {}
    for key, source in task.get("inputs", {}).get("artifacts", {}).items():
        made = source["taskOutputArtifact"]
        output = f"{made['producerTask']}.{made['outputArtifactKey']}"
        if made["producerTask"] not in siblings or output not in metadata.artifacts:
            raise DriverError(f"{name}: cannot find the artifact {output} in this DAG")
        recorded = metadata.artifacts[output]
        shown = {key: recorded[key] for key in ("name", "uri", "metadata")}
        resolved[key] = {"artifacts": [{**shown, "type": {"instanceSchema": ""}}]}
    metadata.add_input_events(name, resolved)
    return resolved


def provision(run: Run, name: str, component: Message) -> Message:
    """Returns the output artifacts of a task with their URIs."""
    specs = dict(component.get("outputDefinitions", {}).get("artifacts", {}))
    # 2.5.0 publishes logs by default (kubeflow/pipelines#11762).
    specs["executor-logs"] = {"artifactType": {"schemaTitle": "system.Artifact"}}
    salt = str(uuid.uuid4())
    return {
        key: {
            "artifacts": [
                {
                    "uri": run.uri(name, salt, key),
                    "type": spec["artifactType"],
                    "metadata": spec.get("metadata", {}),
                }
            ]
        }
        for key, spec in specs.items()
    }


def _fill(constant: Any, run: Run, task: str) -> Any:
    values = {
        "{{$.pipeline_job_name}}": run.pipeline,
        "{{$.pipeline_job_resource_name}}": f"{run.pipeline}-{run.run_id}",
        "{{$.pipeline_job_uuid}}": run.run_id,
        "{{$.pipeline_task_name}}": task,
    }
    return values.get(constant, constant) if isinstance(constant, str) else constant
