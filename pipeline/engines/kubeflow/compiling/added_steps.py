"""Steps of a run on Kubeflow that are not components of the pipeline."""

from collections.abc import Sequence
from typing import Any

from pipeline.engines.kubeflow.specs.first_step import first_command
from pipeline.engines.kubeflow.specs.native_spec import (
    CLASSIFICATION_METRICS,
    HTML,
    MARKDOWN,
    METRICS,
    add_native_task,
    leaves,
    nest,
)
from pipeline.engines.kubeflow.specs.retraining_spec import DATA, SPAN
from pipeline.engines.kubeflow.specs.spec import IMAGE
from trainer.tasks import CLASSES

PREFLIGHT = "Preflight"
GATE_PAGE = "DataGatePage"
RESULTS = "Results"
PIPELINE = "Pipeline"
RUN_REPORT = "RunReport"

_MODULE = ("python", "-m")


def add_displays(spec: dict[str, Any]) -> None:
    """Shows the gate's page, metrics, confusion matrices and pages in the user interface.

    Kubeflow displays only a few types of artifacts, none of which is TFX's or ours.
    """
    add_native_task(
        spec,
        GATE_PAGE,
        command=(*_MODULE, "pipeline.engines.kubeflow.pod.gate_page"),
        artifacts={"report": ("DataGate", "report")},
        outputs={"page": HTML},
    )
    # A failed step keeps others from starting, so the page comes before the GateKeeper.
    keeper = spec["root"]["dag"]["tasks"]["GateKeeper"]
    keeper["dependentTasks"] = sorted({*keeper.get("dependentTasks", []), GATE_PAGE})
    add_native_task(
        spec,
        RESULTS,
        command=(*_MODULE, "pipeline.engines.kubeflow.pod.results"),
        artifacts={
            "figures": ("FairnessReport", "figures"),
            "card": ("ModelCard", "card"),
            "pushed": ("Pusher", "pushed_model"),
        },
        outputs={
            "metrics": METRICS,
            **{f"{key}_confusion": CLASSIFICATION_METRICS for key in CLASSES},
            "fairness_page": HTML,
            "model_card": HTML,
        },
        after=leaves(spec),
    )


def add_preflight(spec: dict[str, Any], arguments: Sequence[str]) -> None:
    """Adds a first step that checks whether the run can write to its folders."""
    tasks = spec["root"]["dag"]["tasks"]
    first = [name for name, task in tasks.items() if not task.get("dependentTasks")]
    add_native_task(
        spec,
        PREFLIGHT,
        command=first_command("pipeline.engines.kubeflow.pod.preflight"),
        arguments=arguments,
        parameters=(IMAGE,),
        outputs={"stores": MARKDOWN},
    )
    for name in first:
        tasks[name]["dependentTasks"] = [PREFLIGHT]


def report_at_the_end(spec: dict[str, Any], arguments: Sequence[str]) -> None:
    """Adds a step that always runs last, written as kfp's compiler writes dsl.ExitHandler.

    The step takes no output of another step: the backend would then wait for that step too.
    """
    nest(spec, PIPELINE)
    report = add_native_task(
        spec,
        RUN_REPORT,
        command=(*_MODULE, "pipeline.engines.kubeflow.pod.run_report"),
        arguments=arguments,
        parameters=(DATA, SPAN, IMAGE),
        outputs={"report": MARKDOWN},
        after=(PIPELINE,),
    )
    report["triggerPolicy"] = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
