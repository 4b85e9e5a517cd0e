"""The driver of Kubeflow Pipelines as the stand-in has it: what a task is given.

It mirrors backend/src/v2/driver of kubeflow/pipelines 2.5.0, and names where a later release
differs:

- The driver writes an INPUT event for each input artifact into ML Metadata, whose schema in the
  manifests of 2.4 to 2.17 has UNIQUE(artifact_id, execution_id, type): one artifact under two
  inputs ends the run. 2.5.0 and 2.17.0 word the refusal differently; `release` picks.
- A constant that is exactly `{{$.pipeline_job_uuid}}` or another placeholder of a job or a task
  is replaced (2.5.0, kubeflow/pipelines#11599); a part of a constant, or of an argument, is
  not.
- Artifacts and parameters come from tasks of the same DAG. Artifacts have no type; each number
  is a double.
- The URI of an output is ROOT/PIPELINE/RUN/TASK/SALT/OUTPUT. ROOT is what the run was created
  with, and else the default of the cluster's `kfp-launcher` ConfigMap. `defaultPipelineRoot` of
  the specification is read by the form of the user interface alone.
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
    """The driver refused a task, which therefore does not run."""


@dataclass
class Metadata:
    """What the store holds of one run.

    Attributes:
      release: of Kubeflow Pipelines, 2.5 or 2.17.
      artifacts: what was recorded, by "TASK.OUTPUT"; `name` is the id.
      parameters: of finished tasks, likewise.
    """

    release: str = "2.5"
    artifacts: dict[str, Message] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def record(self, output: str, artifact: Message) -> None:
        self.artifacts[output] = {"name": str(next(self._ids)), **artifact}

    def add_input_events(self, task: str, found: Message) -> None:
        """Writes the events of an execution.

        Raises:
          DriverError: if two inputs are one artifact.
        """
        ids = [one["artifacts"][0]["name"] for one in found.values()]
        for number in ids:
            if ids.count(number) > 1:
                raise DriverError(f"{task}: {_TWICE[self.release].format(id=number)}")


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
      run_id: of the run.
      pipeline: its pipeline's name.
      root: where its artifacts go, without a slash at the end.
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
      run: of the task.
      name: of the task.
      task, component: of the specification.
      given: the parameters of the DAG that the task is in.
      metadata: of the run.

    Raises:
      DriverError: if one has neither a value nor leave to be without, or another type.
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
      DriverError: if one was not made in this DAG, or is an input twice.
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
    """Returns where the output artifacts of a task go."""
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
