"""Writes the table of faults: each component, each fault, and what became of the run.

    python -m tests.faults.matrix

One chain of runs for each fault: the fault ends a run at the first component, the next run
continues and ends at the second, and so on. The last run completes.
"""

import argparse
import contextlib
import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from pipeline.tools.sample import write_samples
from tests.faults import chain
from tests.killing import heed_sigint

Row = dict[str, str]


def measure(folder: Path, fault: str, components: list[str], whole: list[str]) -> Row:
    """Returns what became of a chain of runs, for each component and for the last run."""
    cells = {}
    with contextlib.ExitStack() as stack:
        disk = folder / fault.replace(" ", "-")
        if fault == chain.FULL_DISK:
            disk = stack.enter_context(chain.small_disk())
        root = disk / "root"
        root.mkdir(parents=True)
        for component in components:
            started = time.monotonic()
            ended = chain.run_with_fault(folder, root, fault, component)
            try:
                chain.assert_ended_well(ended, fault)
                result = f"exit {ended.code}, {len(ended.reused)} cached"
            except AssertionError as error:
                result = f"FAILED: exit {ended.code}"
                print(error, file=sys.stderr)
            cells[component] = result
            elapsed = time.monotonic() - started
            print(f"{fault}, {component}: {result}, {elapsed:.0f} s", file=sys.stderr, flush=True)
        ended = chain.run(folder, root)
        if ended.code:
            print(ended.output, file=sys.stderr)
        problems = chain.find_problems(root, len(components), whole)
        print(problems, file=sys.stderr)
        cells[LAST] = "; ".join((f"exit {ended.code}", *(problems or ["same model"])))
    return cells


LAST = "the next run"


def table(components: list[str], rows: dict[str, Row]) -> str:
    lines = [f"| component | {' | '.join(rows)} |", f"|---|{'---|' * len(rows)}"]
    for component in (*components, LAST):
        lines.append(f"| {component} | {' | '.join(row[component] for row in rows.values())} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--faults", nargs="+", choices=chain.FAULTS, default=list(chain.FAULTS))
    arguments = parser.parse_args()
    heed_sigint()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_samples(folder / "faces", count=chain.IMAGES, seed=3)
        (folder / "settings.yaml").write_text(chain.SETTINGS)
        ended = chain.run(folder, folder / "whole")
        assert ended.code == 0, ended.output
        components = chain.components(folder / "whole")
        whole = chain.model_digests(folder / "whole")
        rows = {fault: measure(folder, fault, components, whole) for fault in arguments.faults}
    print(f"TFX {metadata.version('tfx')}, Python {platform.python_version()}\n")
    print(table(components, rows))


if __name__ == "__main__":
    main()
