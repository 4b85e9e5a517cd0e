"""The command of a step's container: TFX's own entry point, adapted to Kubeflow Pipelines.

TFX's entry point was made for Vertex AI. kubeflow/README.md lists the differences to open-source
Kubeflow Pipelines, and how this module handles each of them.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from tfx.dsl.io import fileio
from tfx.orchestration.kubeflow.v2 import compiler_utils
from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor
from tfx.orchestration.kubeflow.v2.file_based_example_gen import driver
from tfx.types import standard_component_specs as specs
from tfx.utils import name_utils

from components.data_gate.artifact import GateReport
from components.distribution_plots.artifact import Plots
from components.fairness.artifact import FairnessFigures
from components.history.artifact import HistoryRecord, MeasuredModels
from components.model_card.artifact import ModelCards
from components.storage import object_store
from components.utkface_example_gen import executor as example_gen
from components.utkface_example_gen import spans
from components.utkface_example_gen.artifact import Ledger
from pipeline.compat.beam_internals import report_lost_workers
from pipeline.compat.beam_loopback import listen_on_loopback
from pipeline.console.exit_codes import explain
from pipeline.engines.kubeflow.pod import invocation
from pipeline.engines.kubeflow.pod.native_step import record_failure
from pipeline.engines.kubeflow.pod.run_records import records_of_environment
from pipeline.engines.kubeflow.pod.staging import staging_folder
from pipeline.engines.kubeflow.pod.step_log import set_up_log
from pipeline.engines.kubeflow.pod.time_limit import stop_in_time
from pipeline.engines.staged_paths import name_uris
from pipeline.settings.reserved_variables import STEP_VARIABLE

_EXAMPLE_GEN = name_utils.get_full_name(example_gen.Executor)
_OUR_ARTIFACTS = (
    *(FairnessFigures, GateReport, HistoryRecord, Ledger, MeasuredModels, ModelCards),
    Plots,
)


def run_step(arguments: argparse.Namespace, beam_args: Sequence[str]) -> None:
    """Runs an executor and writes its outputs.

    Args:
      arguments: the arguments of TFX's kubeflow_v2_run_executor.
      beam_args: the rest of the command line.
    """
    inputs_spec = json.loads(arguments.json_serialized_inputs_spec_args)
    executor_input = invocation.complete_inputs(
        json.loads(arguments.json_serialized_invocation_args), inputs_spec
    )
    report_lost_workers()
    listen_on_loopback()
    folder = staging_folder()
    if folder is not None:
        executor_input = invocation.localise(executor_input, folder)
    for uri in invocation.uris(executor_input):
        # An input without files has no folder: object stores hold only files.
        fileio.makedirs(uri)
    output_file = executor_input["outputs"]["outputFile"]
    if arguments.executor_class_path == _EXAMPLE_GEN:
        executor_input = _take_span(executor_input, inputs_spec)
    kubeflow_v2_run_executor.main((_with(arguments, executor_input), list(beam_args)))
    output = invocation.name_models(_read(output_file), executor_input)
    _write(output_file, output if folder is None else invocation.globalise(output, folder))


def _take_span(executor_input: dict[str, Any], inputs_spec: dict[str, Any]) -> dict[str, Any]:
    """Runs ExampleGen's driver, as Vertex AI does before the step.

    The driver writes the span into the output file, for TFX's entry point, and into the
    properties of the examples, which Vertex AI would pass on.
    """
    inputs, outputs = executor_input["inputs"], executor_input["outputs"]
    properties = inputs["parameterValues"]
    properties[spans.REQUESTED_SPAN] = int(properties[spans.REQUESTED_SPAN])
    resolved = spans.resolve_properties(properties)
    executor_input = {**executor_input, "inputs": {**inputs, "parameterValues": resolved}}
    driver.main(
        argparse.Namespace(
            json_serialized_invocation_args=json.dumps(executor_input),
            json_serialized_inputs_spec_args=json.dumps(inputs_spec),
        )
    )
    found = _read(outputs["outputFile"])["artifacts"][specs.EXAMPLES_KEY]["artifacts"][0]
    (examples,) = outputs["artifacts"][specs.EXAMPLES_KEY]["artifacts"]
    examples["metadata"] = {**examples.get("metadata", {}), **found["metadata"]}
    return executor_input


def _with(arguments: argparse.Namespace, executor_input: dict[str, Any]) -> argparse.Namespace:
    changed = {**vars(arguments), "json_serialized_invocation_args": json.dumps(executor_input)}
    return argparse.Namespace(**changed)


def _read(path: str) -> dict[str, Any]:
    with fileio.open(path, "r") as file:
        document: dict[str, Any] = json.loads(file.read())
    return document


def _write(path: str, document: dict[str, Any]) -> None:
    with fileio.open(path, "w") as file:
        file.write(json.dumps(document))


def main(argv: Sequence[str]) -> int:
    """Runs a step and returns its exit code; prints the message of an error after its traceback."""
    set_up_log()
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.entrypoint")
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    arguments, beam_args = parser.parse_known_args(argv)
    object_store.register()
    for artifact in _OUR_ARTIFACTS:
        # TFX reads the name of our artifact type as the path of its class.
        compiler_utils.TITLE_TO_CLASS_PATH[artifact.TYPE_NAME] = name_utils.get_full_name(artifact)
    step, records = os.environ.get(STEP_VARIABLE, ""), None
    try:
        executor_input = json.loads(arguments.json_serialized_invocation_args)
        records = records_of_environment(invocation.run_id(executor_input))
        with stop_in_time(records):
            run_step(arguments, beam_args)
    except Exception as error:
        logging.exception("The step ended with an error.")
        code, message = explain(error)
        folder = staging_folder()
        message = message if folder is None else name_uris(message, folder)
        record_failure(records, step, int(code), message)
        print(message, file=sys.stderr)
        return code
    if records:
        records.forget_failure(step)
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The outputs are written. TensorFlow and ML Metadata sometimes abort while Python shuts
    # down, which would fail a step that has done its work.
    os._exit(code)
