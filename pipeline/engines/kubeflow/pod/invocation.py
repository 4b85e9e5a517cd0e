"""Converts the backend's input of a step into the input that TFX's entry point expects.

Both are JSON of the messages of kfp: ExecutorInput, ExecutorOutput and ComponentInputsSpec.
"""

from collections.abc import Iterator
from typing import Any

from tfx.components.evaluator import constants

from pipeline.compat.tfx_internals import number_of_artifact
from pipeline.engines.kubeflow.specs.spec import IMAGE, RUN_ID
from pipeline.engines.staged_paths import to_local, to_uri

Message = dict[str, Any]

# The backend's own output if it publishes logs; TFX does not know its type.
_EXECUTOR_LOGS = "executor-logs"
_MODEL_IDS = {
    constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY,
    constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY,
}


def complete_inputs(executor_input: Message, inputs_spec: Message) -> Message:
    """Returns the input with the types and defaults that the backend omits.

    Args:
      executor_input: an ExecutorInput.
      inputs_spec: the ComponentInputsSpec of the step.
    """
    inputs = executor_input.get("inputs", {})
    parameters = {
        name: spec["defaultValue"]
        for name, spec in inputs_spec.get("parameters", {}).items()
        if "defaultValue" in spec
    }
    parameters |= inputs.get("parameterValues", {})
    # The first is for the backend, the second for the records of the run.
    for name in (IMAGE, RUN_ID):
        parameters.pop(name, None)
    artifacts = {
        name: {
            "artifacts": [
                {
                    **artifact,
                    # TFX's Evaluator tells artifacts apart by name; some backends omit the names.
                    "name": artifact.get("name") or artifact.get("artifactId") or artifact["uri"],
                    "type": inputs_spec["artifacts"][name]["artifactType"],
                }
                for artifact in found.get("artifacts", [])
            ]
        }
        for name, found in inputs.get("artifacts", {}).items()
    }
    outputs = executor_input["outputs"]
    known = {
        name: output
        for name, output in outputs.get("artifacts", {}).items()
        if name != _EXECUTOR_LOGS
    }
    return {
        **executor_input,
        "inputs": {**inputs, "parameterValues": parameters, "artifacts": artifacts},
        "outputs": {**outputs, "artifacts": known},
    }


def localise(executor_input: Message, folder: str) -> Message:
    """Returns the input with local paths in place of the artifacts' URIs."""
    return {
        **executor_input,
        **{
            part: {
                **executor_input[part],
                "artifacts": {
                    name: {
                        "artifacts": [
                            {**artifact, "uri": to_local(artifact["uri"], folder)}
                            for artifact in found["artifacts"]
                        ]
                    }
                    for name, found in executor_input[part].get("artifacts", {}).items()
                },
            }
            for part in ("inputs", "outputs")
        },
    }


def globalise(executor_output: Message, folder: str) -> Message:
    """Returns the output with URIs in place of local paths, including the metadata."""
    return {
        **executor_output,
        "artifacts": {
            name: {
                "artifacts": [
                    {
                        **artifact,
                        "uri": to_uri(artifact["uri"], folder),
                        "metadata": {
                            key: to_uri(value, folder) if isinstance(value, str) else value
                            for key, value in artifact.get("metadata", {}).items()
                        },
                    }
                    for artifact in found["artifacts"]
                ]
            }
            for name, found in executor_output.get("artifacts", {}).items()
        },
    }


def run_id(executor_input: Message) -> str | None:
    """Returns the run id of a step; None if the engine does not pass it."""
    found = executor_input.get("inputs", {}).get("parameterValues", {}).get(RUN_ID)
    return str(found) if found else None


def name_models(executor_output: Message, executor_input: Message) -> Message:
    """Returns the output with model ids in place of the numbers that TFX makes of them.

    TFX's entry point does so only for the Evaluator's blessing. FairnessReport's blessing would
    keep the number, of which a double holds only the first digits.

    Args:
      executor_output: the output of the step.
      executor_input: the input of TFX's entry point.
    """
    names: dict[int, str] = {}
    for found in executor_input["inputs"].get("artifacts", {}).values():
        for artifact in found["artifacts"]:
            names[number_of_artifact(artifact["name"])] = artifact["name"]
    # JSON has turned the numbers into doubles.
    doubles = {float(number): name for number, name in names.items()}
    for found in executor_output.get("artifacts", {}).values():
        for artifact in found["artifacts"]:
            metadata = artifact.get("metadata", {})
            for key in _MODEL_IDS & metadata.keys():
                number = metadata[key]
                if isinstance(number, int | float) and float(number) in doubles:
                    metadata[key] = doubles[float(number)]
    return executor_output


def uris(executor_input: Message) -> Iterator[str]:
    """Yields the URI of each input and each output."""
    for part in ("inputs", "outputs"):
        for found in executor_input[part].get("artifacts", {}).values():
            yield from (artifact["uri"] for artifact in found["artifacts"])
