"""Adds to TFX's compiled specification what Kubeflow Pipelines needs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.settings.reserved_variables import STEP_VARIABLE

Json = dict[str, Any]

# The parameter of a run that names the image of every step.
IMAGE = "image"
# The parameter that gives every step the id of the run.
RUN_ID = "run_id"
# The backend's driver replaces this with the run id: kfp's dsl.PIPELINE_JOB_ID_PLACEHOLDER.
_RUN_ID_PLACEHOLDER = "{{$.pipeline_job_uuid}}"

_INPUTS_SPEC_FLAG = "--json_serialized_inputs_spec_args"


def set_defaults(spec: Json, defaults: Mapping[str, Any]) -> None:
    """Writes the defaults of the run parameters, which TFX's compiler drops.

    They go to the pipeline, where the backend looks, and to each component that takes the
    parameter, where our entrypoint looks if the backend omitted it.

    Args:
      spec: a pipeline specification of schema 2.1.0; changed in place.
      defaults: a default for each parameter of the pipeline.
    """
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    for name, parameter in parameters.items():
        parameter |= _optional(defaults[name])
    for _, task, component in container_tasks(spec):
        for key, value in task.get("inputs", {}).get("parameters", {}).items():
            if name := value.get("componentInputParameter"):
                component["inputDefinitions"]["parameters"][key] |= _optional(defaults[name])


def pass_inputs_to_containers(spec: Json) -> None:
    """Copies the inputs of each of TFX's components into its container's arguments."""
    for _, _, component in container_tasks(spec):
        args = container_of(spec, component)["args"]
        place = args.index(_INPUTS_SPEC_FLAG) + 1
        args[place] = json.dumps(component.get("inputDefinitions", {}), sort_keys=True)


def add_image_parameter(spec: Json, image: str) -> None:
    """Lets a run name the image of every step; `image` is the default."""
    parameter = {"parameterType": "STRING", **_optional(image)}
    spec["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})[IMAGE] = parameter


def pass_image(spec: Json) -> None:
    """Makes every container run in the image that the run names.

    The backend substitutes a parameter in an image only if it is an input of the task.
    """
    parameter = spec["root"]["inputDefinitions"]["parameters"][IMAGE]
    for _, task, component in container_tasks(spec):
        add_input(component, task, IMAGE, dict(parameter), {"componentInputParameter": IMAGE})
        container_of(spec, component)["image"] = f"{{{{$.inputs.parameters['{IMAGE}']}}}}"


def pass_run_id(spec: Json) -> None:
    """Gives every step the id of its run."""
    constant = {"runtimeValue": {"constant": _RUN_ID_PLACEHOLDER}}
    for _, task, component in container_tasks(spec):
        add_input(component, task, RUN_ID, {"parameterType": "STRING"}, constant)


def add_input(component: Json, task: Json, name: str, definition: Json, source: Json) -> None:
    """Adds a parameter to a component and to its task."""
    definitions = component.setdefault("inputDefinitions", {})
    definitions.setdefault("parameters", {})[name] = definition
    task.setdefault("inputs", {}).setdefault("parameters", {})[name] = source


def set_environment(spec: Json, variables: Mapping[str, str]) -> None:
    """Gives every container environment variables, and its step's name."""
    for name, _, component in container_tasks(spec):
        environment = {**variables, STEP_VARIABLE: name}
        container_of(spec, component)["env"] = [
            {"name": variable, "value": value} for variable, value in environment.items()
        ]


def drop_drivers(spec: Json) -> None:
    """Drops ExampleGen's driver hook, which no open backend runs: the entrypoint does."""
    for _, _, component in container_tasks(spec):
        container_of(spec, component).pop("lifecycle", None)


def container_tasks(spec: Json) -> Iterator[tuple[str, Json, Json]]:
    """Yields the name, task and component of every task that is a container, in any DAG."""
    dags = [spec["root"], *(one for one in spec["components"].values() if "dag" in one)]
    for dag in dags:
        for name, task in dag["dag"]["tasks"].items():
            component = spec["components"][task["componentRef"]["name"]]
            if "executorLabel" in component:
                yield name, task, component


def container_of(spec: Json, component: Json) -> Json:
    """Returns the container of a component."""
    container: Json = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
    return container


def _optional(default: Any) -> Json:
    return {"defaultValue": default, "isOptional": True}
