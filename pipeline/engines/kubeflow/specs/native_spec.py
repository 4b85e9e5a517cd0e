"""Adds tasks that are not TFX components, and nests DAGs."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

# Types of artifacts that the user interface of Kubeflow Pipelines displays.
METRICS, CLASSIFICATION_METRICS = "system.Metrics", "system.ClassificationMetrics"
HTML, MARKDOWN = "system.HTML", "system.Markdown"

_VERSION = "0.0.1"


def add_native_task(
    spec: Json,
    name: str,
    *,
    command: Sequence[str],
    arguments: Sequence[str] = (),
    parameters: Sequence[str] = (),
    artifacts: Mapping[str, tuple[str, str]] | None = None,
    outputs: Mapping[str, str] | None = None,
    output_parameters: Mapping[str, str] | None = None,
    after: Sequence[str] = (),
) -> Json:
    """Adds a container to the root DAG, with its inputs and outputs as the last argument.

    Args:
      spec: a pipeline specification; changed in place.
      name: the name of the task.
      command, arguments: the command and the arguments of the container.
      parameters: the run parameters that the task takes.
      artifacts: the producing task and its output, by input.
      outputs: the types of the output artifacts, by output.
      output_parameters: the types of the output parameters, by output.
      after: further tasks to wait for.

    Returns:
      The task.
    """
    root = spec["root"]
    known = root["inputDefinitions"]["parameters"]
    producers = {key: _output_type(spec, source) for key, source in (artifacts or {}).items()}
    component: Json = {
        "executorLabel": f"{name}_executor",
        "inputDefinitions": {
            "parameters": {key: copy.deepcopy(known[key]) for key in parameters},
            "artifacts": {key: {"artifactType": kind} for key, kind in producers.items()},
        },
        "outputDefinitions": {
            "artifacts": {
                key: {"artifactType": {"schemaTitle": kind, "schemaVersion": _VERSION}}
                for key, kind in (outputs or {}).items()
            },
            "parameters": {
                key: {"parameterType": kind} for key, kind in (output_parameters or {}).items()
            },
        },
    }
    task: Json = {
        "componentRef": {"name": name},
        "taskInfo": {"name": name},
        "inputs": {
            "parameters": {key: {"componentInputParameter": key} for key in parameters},
            "artifacts": {
                key: {"taskOutputArtifact": {"producerTask": made, "outputArtifactKey": output}}
                for key, (made, output) in (artifacts or {}).items()
            },
        },
        "dependentTasks": sorted({*after, *(made for made, _ in (artifacts or {}).values())}),
    }
    spec["components"][name] = component
    spec["deploymentSpec"]["executors"][component["executorLabel"]] = {
        "container": {
            "command": [*command],
            "args": [*arguments, "--executor_input", "{{$}}"],
        }
    }
    root["dag"]["tasks"][name] = task
    return task


def nest(spec: Json, name: str) -> Json:
    """Moves all tasks into a nested DAG; returns its task, which is then the only root task."""
    inner = spec["root"]
    definitions = inner["inputDefinitions"]
    spec["components"][name] = {
        "dag": inner["dag"],
        "inputDefinitions": copy.deepcopy(definitions),
    }
    task: Json = {
        "componentRef": {"name": name},
        "taskInfo": {"name": name},
        "inputs": {
            "parameters": {
                key: {"componentInputParameter": key} for key in definitions["parameters"]
            }
        },
    }
    spec["root"] = {"dag": {"tasks": {name: task}}, "inputDefinitions": definitions}
    return task


def leaves(spec: Json) -> list[str]:
    """Returns the tasks of the root DAG that no other task waits for."""
    tasks = spec["root"]["dag"]["tasks"]
    awaited = {name for task in tasks.values() for name in task.get("dependentTasks", [])}
    return sorted(tasks.keys() - awaited)


def _output_type(spec: Json, source: tuple[str, str]) -> Json:
    task, output = source
    component = spec["root"]["dag"]["tasks"][task]["componentRef"]["name"]
    definitions = spec["components"][component]["outputDefinitions"]["artifacts"]
    kind: Json = copy.deepcopy(definitions[output]["artifactType"])
    return kind
