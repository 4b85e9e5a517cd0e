"""The step that shows a model's metrics in the user interface of Kubeflow Pipelines."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.fairness.artifact import FIGURES_FILE
from components.fairness.artifact import PAGE_FILE as FAIRNESS_PAGE
from components.fairness.display import primary_values
from components.fairness.document import read_document
from components.model_card.artifact import PAGE_FILE as CARD_PAGE
from pipeline.engines.kubeflow.pod.native_step import NativeStep, run_native_step
from pipeline.engines.kubeflow.pod.run_records import Outcome, records_of_environment
from trainer.tasks import TASKS

# The tasks with a confusion matrix, by output.
CONFUSIONS = {f"{task.name}_confusion": task for task in TASKS if task.classes}


def show(step: NativeStep) -> None:
    """Writes the artifacts that the user interface displays, and records the outcome of the run."""
    figures, card = step.input_path("figures"), step.input_path("card")
    document = read_document(f"{figures}/{FIGURES_FILE}")
    overall, verdict = document["slices"][0], document["verdict"]
    step.set_metadata("metrics", headline_metrics(document))
    for output, task in CONFUSIONS.items():
        matrix = confusion_matrix(task.classes, overall[output])
        step.set_metadata(output, {"confusionMatrix": matrix})
    step.write_file("fairness_page", Path(figures, FAIRNESS_PAGE).read_text(encoding="utf-8"))
    step.write_file("model_card", Path(card, CARD_PAGE).read_text(encoding="utf-8"))
    if records := records_of_environment(step.run_id):
        pushed = step.input_metadata("pushed")
        records.record_outcome(
            Outcome(
                blessed=verdict["blessed"],
                reasons=tuple(verdict["reasons"]),
                metrics=primary_values(document),
                pushed_to=pushed.get("pushed_destination") if pushed.get("pushed") else None,
                places={
                    "fairness": step.output_uri("fairness_page"),
                    "model card": step.output_uri("model_card"),
                },
            )
        )


def headline_metrics(document: Mapping[str, Any]) -> dict[str, float]:
    """Returns the metrics for comparing runs, as the properties of a system.Metrics.

    Args:
      document: the document of FairnessReport.

    Returns:
      Each defined measure over the whole test split: ages in years, shares from 0 to 1;
      counts; and `blessed`, 0 or 1.
    """
    overall = document["slices"][0]
    measured = {
        name: one["value"] for name, one in overall["measures"].items() if one["value"] is not None
    }
    return {
        **measured,
        "examples": overall["examples"],
        "missed_bounds": len(document["verdict"]["reasons"]),
        "blessed": int(document["verdict"]["blessed"]),
    }


def confusion_matrix(names: Sequence[str], counts: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Returns a matrix in the format of kfp's ClassificationMetrics, one row per true class."""
    return {
        "annotationSpecs": [{"displayName": name} for name in names],
        "rows": [{"row": [*row]} for row in counts],
    }


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.results")
    parser.add_argument("--executor_input", required=True)
    return run_native_step(parser.parse_args(argv).executor_input, show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
