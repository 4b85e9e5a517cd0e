"""What a step is told by the backend, made into what TFX's entry point expects.

Both are the JSON of a message: kfp's ExecutorInput, ExecutorOutput and ComponentInputsSpec.
"""

from collections.abc import Iterator
from typing import Any

from pipeline.kubeflow import staging
from pipeline.kubeflow.spec import IMAGE

Message = dict[str, Any]

# The backend's own output, if it publishes logs; its type is none of TFX's.
_EXECUTOR_LOGS = "executor-logs"


def complete_inputs(executor_input: Message, inputs_spec: Message) -> Message:
    """Returns the input with the types and the defaults that the backend leaves out.

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
    # It is for the backend alone.
    parameters.pop(IMAGE, None)
    artifacts = {
        name: {
            "artifacts": [
                {
                    **artifact,
                    # TFX's Evaluator needs to tell them apart; some backends leave names out.
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
    """Returns the input with the local copies in place of the artifacts' URIs."""
    return {
        **executor_input,
        **{
            part: {
                **executor_input[part],
                "artifacts": {
                    name: {
                        "artifacts": [
                            {**artifact, "uri": staging.to_local(artifact["uri"], folder)}
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
    """Returns the output with URIs in place of local copies, in the metadata as well."""
    return {
        **executor_output,
        "artifacts": {
            name: {
                "artifacts": [
                    {
                        **artifact,
                        "uri": staging.to_uri(artifact["uri"], folder),
                        "metadata": {
                            key: staging.to_uri(value, folder) if isinstance(value, str) else value
                            for key, value in artifact.get("metadata", {}).items()
                        },
                    }
                    for artifact in found["artifacts"]
                ]
            }
            for name, found in executor_output.get("artifacts", {}).items()
        },
    }


def uris(executor_input: Message) -> Iterator[str]:
    """Yields where each input lies and each output goes."""
    for part in ("inputs", "outputs"):
        for found in executor_input[part].get("artifacts", {}).values():
            yield from (artifact["uri"] for artifact in found["artifacts"])
