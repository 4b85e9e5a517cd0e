"""Runs a step that is not a TFX component as its container does, on local folders."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RUN = "run-1"


class NativeRun:
    """A step of one run, with input and output artifacts in a folder.

    Args:
      folder: stands in for the pipeline root.
      module: name of the module of the step.
    """

    def __init__(self, folder: Path, module: str):
        self.folder, self._module = folder, module
        self.records = folder / "history" / "run_records"

    def run(
        self,
        *arguments: object,
        parameters: dict[str, Any] | None = None,
        inputs: dict[str, tuple[Path, dict[str, Any]]] | None = None,
        outputs: tuple[str, ...] = (),
        output_parameters: tuple[str, ...] = (),
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Runs the step; each input is a folder and its properties."""
        told = {
            "inputs": {
                "parameterValues": {"run_id": RUN, **(parameters or {})},
                "artifacts": {
                    name: {"artifacts": [{"uri": str(path), "metadata": metadata}]}
                    for name, (path, metadata) in (inputs or {}).items()
                },
            },
            "outputs": {
                "artifacts": {
                    name: {"artifacts": [{"uri": str(self.output(name))}]} for name in outputs
                },
                "parameters": {
                    name: {"outputFile": str(self.output(name))} for name in output_parameters
                },
                "outputFile": str(self.folder / "executor_output.json"),
            },
        }
        command = [sys.executable, "-m", self._module, *map(str, arguments)]
        return subprocess.run(
            [*command, "--executor_input", json.dumps(told)],
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "UTKFACE_STAGING": "none",
                "UTKFACE_RUN_RECORDS": str(self.records),
                "UTKFACE_STEP": "Step",
                **environment,
            },
        )

    def output(self, name: str) -> Path:
        return self.folder / "outputs" / RUN / name

    def metadata(self, name: str) -> dict[str, Any]:
        """Returns the properties that the step recorded for an output."""
        written = json.loads((self.folder / "executor_output.json").read_text())
        return written["artifacts"][name]["artifacts"][0]["metadata"]
