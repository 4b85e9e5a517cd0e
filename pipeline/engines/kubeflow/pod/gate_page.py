"""The step that shows the data gate's page in the user interface of Kubeflow Pipelines."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from components.data_gate.artifact import PAGE_FILE
from pipeline.engines.kubeflow.pod.native_step import NativeStep, run_native_step


def show(step: NativeStep) -> None:
    """Copies the page out of its folder: the user interface displays single files only."""
    page = Path(step.input_path("report"), PAGE_FILE)
    step.write_file("page", page.read_text(encoding="utf-8"))


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.gate_page")
    parser.add_argument("--executor_input", required=True)
    return run_native_step(parser.parse_args(argv).executor_input, show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
