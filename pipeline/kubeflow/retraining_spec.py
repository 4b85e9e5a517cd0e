"""A pipeline that runs by the clock: a step looks for new data, and the rest waits for it.

What the backend calls a condition, as kfp's own compiler writes it. A run that finds nothing new
succeeds after that one step.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.kubeflow.spec import IMAGE, image_placeholder, list_environment

CHOICE = "SpanChoice"
RETRAINING = "Retraining"
SPAN = "span"
DATA = "data"

_CHOICE_EXECUTOR = f"{CHOICE}_executor"


def wait_for_data(
    spec: dict[str, Any],
    *,
    command: Sequence[str],
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Puts the whole pipeline behind a step that chooses the span.

    Args:
      spec: a finished pipeline specification with the parameters `data`, `span` and `image`;
        changed in place.
      command: of the step.
      arguments: of the step; those of pipeline.kubeflow.span_choice that tell the data, the span
        asked for and where to write the one chosen are added.
      environment: variables of the step.
    """
    inner = spec["root"]
    parameters = inner["inputDefinitions"]["parameters"]
    spec["components"][RETRAINING] = {
        "dag": inner["dag"],
        "inputDefinitions": copy.deepcopy(inner["inputDefinitions"]),
    }
    taken = (DATA, SPAN, IMAGE)
    spec["components"][CHOICE] = {
        "executorLabel": _CHOICE_EXECUTOR,
        "inputDefinitions": {"parameters": {name: dict(parameters[name]) for name in taken}},
        "outputDefinitions": {"parameters": {SPAN: {"parameterType": "NUMBER_INTEGER"}}},
    }
    spec["deploymentSpec"]["executors"][_CHOICE_EXECUTOR] = {
        "container": {
            "image": image_placeholder(),
            "command": [*command],
            "args": [
                *arguments,
                "--data",
                f"{{{{$.inputs.parameters['{DATA}']}}}}",
                "--span",
                f"{{{{$.inputs.parameters['{SPAN}']}}}}",
                "--output",
                f"{{{{$.outputs.parameters['{SPAN}'].output_file}}}}",
            ],
            "env": list_environment(environment),
        }
    }
    spec["root"] = {
        "dag": {
            "tasks": {
                CHOICE: {
                    "componentRef": {"name": CHOICE},
                    "inputs": {"parameters": {name: _from_run(name) for name in taken}},
                    "taskInfo": {"name": CHOICE},
                },
                RETRAINING: {
                    "componentRef": {"name": RETRAINING},
                    "dependentTasks": [CHOICE],
                    "inputs": {
                        "parameters": {
                            **{name: _from_run(name) for name in parameters},
                            SPAN: {
                                "taskOutputParameter": {
                                    "producerTask": CHOICE,
                                    "outputParameterKey": SPAN,
                                }
                            },
                        }
                    },
                    "taskInfo": {"name": RETRAINING},
                    "triggerPolicy": {
                        "condition": f"int(inputs.parameter_values['{SPAN}']) >= 0",
                    },
                },
            }
        },
        "inputDefinitions": {"parameters": parameters},
    }


def _from_run(name: str) -> dict[str, str]:
    return {"componentInputParameter": name}
