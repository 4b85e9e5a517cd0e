"""Writes docs/faults-LANE.md: for each component and each fault, what became of the run.

    python -m tests.faults.matrix

One chain of runs for each fault: the fault ends a run at the first component, the next run
continues and ends at the second, and so on. The last run completes. Chains of earlier calls are
kept in build/faults, so faults can be measured one by one: remove it after a change of the code.
"""

import argparse
import contextlib
import json
import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from pipeline.tools.sample import write_samples
from tests.faults import chain
from tests.killing import heed_sigint
from tests.lanes import LANE

LAST, _GOOD = "the next run", "exit 0; same model"
ROOT = Path(__file__).parents[2]
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


def page(rows: dict[str, Row]) -> str:
    """Returns the page of a lane."""
    columns = [fault for fault in chain.FAULTS if fault in rows]
    lines = [f"| component | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for component in rows[columns[0]]:
        name = component if component == LAST else f"`{component}`"
        lines.append(f"| {name} | {' | '.join(rows[one][component] for one in columns)} |")
    versions = f"TFX {metadata.version('tfx')} and Python {platform.python_version()}"
    return _PAGE.format(lane=LANE, versions=versions, table="\n".join(lines), images=chain.IMAGES)


_PAGE = """\
# Faults: {lane} lane

Written by `make faults` with {versions}; [Reliability](reliability.md#faults) explains it.

Each column is a chain of runs of {images} drawn faces in one root. A cell shows the exit code of
the run that the fault ended at this component, and how many steps that run took from earlier runs.
The last row is the run that completed. "same model" means: its model has the digest of an
uninterrupted run's and is pushed once, each execution that a fault ended is recorded as failed or
canceled, and no temporary file is left.

{table}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--faults", nargs="+", choices=chain.FAULTS, default=list(chain.FAULTS))
    arguments = parser.parse_args()
    heed_sigint()
    measured = ROOT / "build" / "faults" / f"{LANE}.json"
    measured.parent.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Row] = json.loads(measured.read_text()) if measured.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_samples(folder / "faces", count=chain.IMAGES, seed=3)
        (folder / "settings.yaml").write_text(chain.SETTINGS)
        ended = chain.run(folder, folder / "whole")
        assert ended.code == 0, ended.output
        components = chain.components(folder / "whole")
        whole = chain.model_digests(folder / "whole")
        for fault in arguments.faults:
            rows[fault] = measure(folder, fault, components, whole)
            measured.write_text(json.dumps(rows, indent=2))
    (ROOT / "docs" / f"faults-{LANE}.md").write_text(page(rows))
    failed = [fault for fault, row in rows.items() if not _is_good(row)]
    sys.exit(f"Not as expected: {', '.join(failed)}" if failed else 0)


def _is_good(row: Row) -> bool:
    return row[LAST] == _GOOD and not any(cell.startswith("FAILED") for cell in row.values())


if __name__ == "__main__":
    main()
