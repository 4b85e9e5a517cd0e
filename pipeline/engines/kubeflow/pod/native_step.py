"""A step that is not a TFX component: its inputs from the launcher, and its outputs."""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from components.storage import object_store
from pipeline.console.exit_codes import explain
from pipeline.engines.kubeflow.pod.run_records import RunRecords, records_of_environment
from pipeline.engines.kubeflow.pod.staging import staging_folder
from pipeline.engines.kubeflow.pod.step_log import set_up_log
from pipeline.engines.kubeflow.pod.time_limit import stop_in_time
from pipeline.engines.kubeflow.specs.spec import RUN_ID
from pipeline.engines.staged_paths import to_local
from pipeline.settings.reserved_variables import STEP_VARIABLE


class NativeStep:
    """A step with the ExecutorInput of its container.

    Args:
      executor_input: the ExecutorInput in JSON.
    """

    def __init__(self, executor_input: str):
        self._input: dict[str, Any] = json.loads(executor_input)
        self._metadata: dict[str, Any] = {}

    @property
    def run_id(self) -> str:
        return str(self.parameter(RUN_ID))

    def parameter(self, name: str) -> Any:
        """Returns an input parameter; integers may arrive as floats."""
        return self._input["inputs"]["parameterValues"][name]

    def input_uri(self, name: str) -> str:
        return str(self._artifact("inputs", name)["uri"])

    def input_path(self, name: str) -> str:
        """Returns the path of the local copy of an input artifact, a folder or a file."""
        return self._local(self.input_uri(name))

    def input_metadata(self, name: str) -> Mapping[str, Any]:
        """Returns the properties of an input artifact; numbers are floats."""
        metadata: Mapping[str, Any] = self._artifact("inputs", name).get("metadata", {})
        return metadata

    def output_uri(self, name: str) -> str:
        return str(self._artifact("outputs", name)["uri"])

    def write_file(self, name: str, text: str) -> None:
        """Writes an output artifact that is a single file."""
        path = Path(self._local(self.output_uri(name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_parameter(self, name: str, value: Any) -> None:
        """Writes an output parameter."""
        path = Path(self._input["outputs"]["parameters"][name]["outputFile"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(value), encoding="utf-8")

    def set_metadata(self, name: str, metadata: Mapping[str, Any]) -> None:
        """Sets the properties of an output artifact; no value may be None."""
        self._metadata[name] = {
            "artifacts": [{"uri": self.output_uri(name), "metadata": dict(metadata)}]
        }

    def finish(self) -> None:
        """Writes the output file that the launcher reads."""
        path = Path(self._input["outputs"]["outputFile"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"artifacts": self._metadata}), encoding="utf-8")

    def _artifact(self, side: str, name: str) -> dict[str, Any]:
        artifact: dict[str, Any] = self._input[side]["artifacts"][name]["artifacts"][0]
        return artifact

    @staticmethod
    def _local(uri: str) -> str:
        folder = staging_folder()
        return uri if folder is None else to_local(uri, folder)


def run_native_step(executor_input: str, work: Callable[[NativeStep], None]) -> int:
    """Runs a step and returns its exit code; an error is logged, and recorded for the run's report.

    Args:
      executor_input: the text that the launcher substitutes for `{{$}}`.
      work: the work of the step.
    """
    set_up_log()
    object_store.register()
    step = NativeStep(executor_input)
    name = os.environ.get(STEP_VARIABLE, "")
    records = None
    try:
        records = records_of_environment(step.run_id)
        with stop_in_time(records):
            work(step)
    except Exception as error:
        logging.exception("The step ended with an error.")
        code, message = explain(error)
        record_failure(records, name, int(code), message)
        print(message, file=sys.stderr)
        return int(code)
    step.finish()
    if records:
        records.forget_failure(name)
    return 0


def record_failure(records: RunRecords | None, step: str, code: int, message: str) -> None:
    """Records a failure if possible: the store itself may be what fails."""
    if records is None:
        return
    try:
        records.record_failure(step, code, message)
    except Exception as error:
        logging.warning("The failure could not be recorded for the report of the run: %s", error)
