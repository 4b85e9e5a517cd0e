"""What TFX's compiled specification lacks for Kubeflow Pipelines, put in."""

import json
from collections.abc import Mapping
from typing import Any

# The parameter of a run that names the image of every step.
IMAGE = "image"

_INPUTS_SPEC_FLAG = "--json_serialized_inputs_spec_args"


def set_defaults(spec: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    """Writes the defaults of the run parameters, which TFX's compiler drops.

    They go to the pipeline, where the backend looks, and to each component that takes
    one, where our entrypoint looks if the backend left it out.

    Args:
      spec: a pipeline specification of schema 2.1.0; changed in place.
      defaults: a value for each parameter of the pipeline.
    """
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    for name, parameter in parameters.items():
        parameter |= _optional(defaults[name])
    for task in spec["root"]["dag"]["tasks"].values():
        component = spec["components"][task["componentRef"]["name"]]
        for key, value in task.get("inputs", {}).get("parameters", {}).items():
            if name := value.get("componentInputParameter"):
                component["inputDefinitions"]["parameters"][key] |= _optional(defaults[name])


def tell_containers_their_inputs(spec: dict[str, Any]) -> None:
    """Repeats each component's inputs, as they now are, in the arguments of its container."""
    for component in spec["components"].values():
        args = container_of(spec, component)["args"]
        place = args.index(_INPUTS_SPEC_FLAG) + 1
        args[place] = json.dumps(component.get("inputDefinitions", {}), sort_keys=True)


def make_image_a_parameter(spec: dict[str, Any], image: str) -> None:
    """Lets a run name the image of every step; `image` is the default.

    The backend puts a parameter into an image only if it is an input of the task.
    """
    parameter = {"parameterType": "STRING", **_optional(image)}
    spec["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})[IMAGE] = parameter
    for task in spec["root"]["dag"]["tasks"].values():
        component = spec["components"][task["componentRef"]["name"]]
        definitions = component.setdefault("inputDefinitions", {})
        definitions.setdefault("parameters", {})[IMAGE] = dict(parameter)
        inputs = task.setdefault("inputs", {}).setdefault("parameters", {})
        inputs[IMAGE] = {"componentInputParameter": IMAGE}
        container_of(spec, component)["image"] = image_placeholder()


def image_placeholder() -> str:
    """Returns what stands for the image that the run names."""
    return f"{{{{$.inputs.parameters['{IMAGE}']}}}}"


def set_environment(spec: dict[str, Any], variables: Mapping[str, str]) -> None:
    """Gives every container environment variables."""
    for component in spec["components"].values():
        container_of(spec, component)["env"] = list_environment(variables)


def list_environment(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Returns environment variables as a container wants them."""
    return [{"name": name, "value": value} for name, value in variables.items()]


def drop_drivers(spec: dict[str, Any]) -> None:
    """Drops ExampleGen's hook: the entrypoint runs that driver, which no open backend does."""
    for component in spec["components"].values():
        container_of(spec, component).pop("lifecycle", None)


def container_of(spec: dict[str, Any], component: dict[str, Any]) -> dict[str, Any]:
    """Returns the container of a component; every component of this pipeline has one."""
    container: dict[str, Any] = spec["deploymentSpec"]["executors"][component["executorLabel"]][
        "container"
    ]
    return container


def _optional(default: Any) -> dict[str, Any]:
    return {"defaultValue": default, "isOptional": True}
