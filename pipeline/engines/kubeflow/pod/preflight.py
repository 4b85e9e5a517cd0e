"""The first step of a run: `python -m pipeline.engines.kubeflow.pod.preflight`."""

import argparse
import sys
from collections.abc import Sequence

from pipeline.engines.kubeflow.pod.native_step import NativeStep, run_native_step
from pipeline.engines.kubeflow.pod.run_records import records_of_environment
from pipeline.engines.kubeflow.pod.stores import check_writable

_OUTPUT = "stores"


def begin_run(step: NativeStep, output: str, *, root: str, folders: Sequence[str]) -> list[str]:
    """Checks where the run writes, and records its start.

    Args:
      step: the first step of the run.
      output: an output artifact of the step, whose URI shows where artifacts go.
      root: the expected root of the artifacts.
      folders: the folders that the steps themselves write to.

    Returns:
      The findings, one per line.

    Raises:
      InputError: if a folder is not writable.
    """
    check_writable(folders)
    if records := records_of_environment(step.run_id):
        records.start()
    lines = [f"writable: {folder}" for folder in folders]
    found = step.output_uri(output)
    if not found.startswith(f"{root.rstrip('/')}/"):
        lines.append(
            f"artifacts go to {found.partition('/' + step.run_id)[0]}, not to "
            f"kubeflow.pipeline_root, {root}: the run was created without its `pipeline_root`"
        )
    for line in lines:
        print(line)
    return lines


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of begin_run."""
    parser.add_argument("--root", required=True)
    parser.add_argument("--folder", dest="folders", action="append", required=True)
    parser.add_argument("--executor_input", required=True)


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.preflight")
    add_store_arguments(parser)
    arguments = parser.parse_args(argv)

    def work(step: NativeStep) -> None:
        lines = begin_run(step, _OUTPUT, root=arguments.root, folders=arguments.folders)
        step.write_file(_OUTPUT, "".join(f"- {line}\n" for line in lines))

    return run_native_step(arguments.executor_input, work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
