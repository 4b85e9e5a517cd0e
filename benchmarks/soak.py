"""Retrains many times in a row, and measures what grows: CPU time, memory, disk and metadata.

    python benchmarks/soak.py --retrainings 20 --keep 2

Each `utkface retrain` gets a new span of drawn faces and starts from the model before. With --keep,
`utkface gc` follows each one. Prints a Markdown table, in which hard links count once, and then
what a retraining adds. With --keep, it fails if that is more than a bound.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import yaml

from pipeline.root.metadata_store import open_store
from pipeline.tools.sample import write_samples

_IMAGES = 160
_MARKER = "_SUCCESS"
_VERSIONS = 3
# From this retraining on, as many versions, models and runs are removed as are added.
_SETTLED = 5
# What a retraining may add: its log and reports, and what the history keeps of every run.
_BOUNDS = {"memory, MiB": 10.0, "root, MB": 4.0, "metadata, kB": 500.0}
_SETTINGS = {
    "trainer": {"architecture": "shared", "epochs": 1, "steps_per_epoch": 2, "batch_size": 16},
    "gate": {"train_cells": {"warn": 0, "stop": 0}, "eval_cells": {"warn": 0, "stop": 0}},
    "thresholds": {"max_age_mae": 1000, "min_gender_accuracy": 0, "min_race_accuracy": 0},
    "fairness": {"min_examples": 1000000},
    "serving": {"keep": _VERSIONS},
}
_COLUMNS = (
    "retraining",
    "CPU, s",
    "memory, MiB",
    "root, MB",
    "files",
    "executions",
    "metadata, kB",
)


def measure_command(*arguments: str) -> tuple[float, float]:
    """Runs a command of `utkface`; returns its CPU seconds and its peak memory in MiB."""
    command = [str(Path(sys.executable).parent / "utkface"), *arguments]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            output.seek(0)
            sys.exit(f"{output.read()}\nExpected {command[1]} to succeed; its exit code is {code}.")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def count_disk(root: Path) -> tuple[float, int]:
    """Returns the MB of the files under a folder, and their number; hard links count once."""
    found = [path.lstat() for path in root.rglob("*") if not path.is_dir()]
    sizes = {(one.st_dev, one.st_ino): one.st_blocks * 512 for one in found}
    return sum(sizes.values()) / 10**6, len(found)


def retrain(folder: Path, number: int, keep: int | None) -> dict[str, float]:
    """Retrains on a new span; returns a row of the table."""
    span = folder / "faces" / str(number)
    write_samples(span, count=_IMAGES, seed=number)
    (span / _MARKER).touch()
    root = folder / "root"
    seconds, memory = measure_command("retrain", "--config", str(folder / "settings.yaml"))
    if keep is not None:
        more, _ = measure_command("gc", "--root", str(root), "--keep", str(keep), "--models")
        seconds += more
    size, files = count_disk(root)
    executions = len(open_store(root).store.get_executions())
    database = (root / "metadata.db").stat().st_size / 1000
    cells = (number, seconds, memory, size, files, executions, database)
    return dict(zip(_COLUMNS, cells, strict=True))


def added(rows: list[dict[str, float]]) -> dict[str, float]:
    """Returns what a retraining adds on average, once as much is removed as is added."""
    first, last = rows[_SETTLED - 1], rows[-1]
    return {name: (last[name] - first[name]) / (len(rows) - _SETTLED) for name in _BOUNDS}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--retrainings", type=int, default=20)
    parser.add_argument("--keep", type=int, help="runs to keep; the default removes nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = f"{folder}/faces/{{SPAN}}"
        settings = {
            **_SETTINGS,
            "data": data,
            "root": str(folder / "root"),
            "retrain": {"complete_when": f"{data}/{_MARKER}"},
        }
        (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
        print(f"TFX {metadata.version('tfx')}, Python {platform.python_version()}\n")
        print(f"| {' | '.join(_COLUMNS)} |\n|{'---:|' * len(_COLUMNS)}")
        rows: list[dict[str, float]] = []
        for number in range(1, arguments.retrainings + 1):
            started = time.monotonic()
            rows.append(retrain(folder, number, arguments.keep))
            print(f"| {' | '.join(f'{cell:.1f}' for cell in rows[-1].values())} |", flush=True)
            print(f"{number}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if len(rows) > _SETTLED:
        found = added(rows)
        told = "; ".join(f"{name} {value:+.1f}" for name, value in found.items())
        print(f"\nA retraining adds, from the {_SETTLED}th on: {told}")
        too_much = [name for name, bound in _BOUNDS.items() if found[name] > bound]
        if arguments.keep is not None and too_much:
            sys.exit(f"More than the bounds {_BOUNDS}: {', '.join(too_much)}")


if __name__ == "__main__":
    main()
