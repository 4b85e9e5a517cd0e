"""Times each component of a run, from the records of the metadata store.

    python benchmarks/component_times.py --data crop_part1.tar.gz --repeat 3

Prints a Markdown table with the minimum and maximum seconds over the repeats. Each repeat is a
process of its own, so none profits from modules that another has loaded.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib import metadata
from pathlib import Path

from pipeline.root.metadata_store import open_store


def run_once(data: str, root: Path, overrides: list[str]) -> None:
    """Runs the pipeline; only a run that finished, with a pushed or an unblessed model, counts."""
    command = [str(Path(sys.executable).parent / "utkface"), "run"]
    command += ["--data", data, "--root", str(root)]
    for override in overrides:
        command += ["--set", override]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 3):
        sys.exit(f"Expected the run to finish; it ended with exit code {code}.")


def read_seconds(root: Path) -> dict[str, float]:
    """Returns the seconds from start to end of each component's execution in the newest run."""
    records = open_store(root)
    store, (run, *_) = records.store, records.runs()
    seconds = {}
    for execution in store.get_executions_by_context(run.id):
        (node,) = (
            context.name
            for context in store.get_contexts_by_execution(execution.id)
            if context.type == "node"
        )
        elapsed = execution.last_update_time_since_epoch - execution.create_time_since_epoch
        seconds[node.rpartition(".")[2]] = elapsed / 1000
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--set", action="append", default=["trainer.epochs=1"], dest="overrides")
    arguments = parser.parse_args()
    seconds = defaultdict(list)
    for _ in range(arguments.repeat):
        with tempfile.TemporaryDirectory() as folder:
            run_once(arguments.data, Path(folder), arguments.overrides)
            for node, elapsed in read_seconds(Path(folder)).items():
                seconds[node].append(elapsed)
    print(f"\nTFX {metadata.version('tfx')}, Python {platform.python_version()}\n")
    print("| component | least, s | most, s |\n|---|---:|---:|")
    for node, measured in seconds.items():
        print(f"| {node} | {min(measured):.1f} | {max(measured):.1f} |")


if __name__ == "__main__":
    main()
