"""A scheduled pipeline: a step looks for new data, and all other steps wait for it.

The backend calls this a condition; it is written as kfp's own compiler writes it. A run that finds
no new data succeeds after that one step.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.engines.kubeflow.specs.first_step import first_command
from pipeline.engines.kubeflow.specs.native_spec import MARKDOWN, add_native_task, nest
from pipeline.engines.kubeflow.specs.spec import IMAGE

CHOICE = "SpanChoice"
RETRAINING = "Retraining"
SPAN = "span"
DATA = "data"


def wait_for_data(spec: dict[str, Any], *, arguments: Sequence[str]) -> None:
    """Puts the whole pipeline behind a step that chooses the span.

    Args:
      spec: a pipeline specification with the parameters `data`, `span` and `image`; changed in
        place.
      arguments: the arguments of the step, pipeline.engines.kubeflow.pod.span_choice.
    """
    retraining = nest(spec, RETRAINING)
    add_native_task(
        spec,
        CHOICE,
        command=first_command("pipeline.engines.kubeflow.pod.span_choice"),
        arguments=arguments,
        parameters=(DATA, SPAN, IMAGE),
        outputs={"found": MARKDOWN},
        output_parameters={SPAN: "NUMBER_INTEGER"},
    )
    retraining["dependentTasks"] = [CHOICE]
    retraining["inputs"]["parameters"][SPAN] = {
        "taskOutputParameter": {"producerTask": CHOICE, "outputParameterKey": SPAN}
    }
    retraining["triggerPolicy"] = {
        "condition": f"int(inputs.parameter_values['{SPAN}']) >= 0",
    }
