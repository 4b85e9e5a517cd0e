"""Fixtures shared by all tests: drawn faces, the real data if present, the command, a browser."""

import collections
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from pipeline.tools.sample import write_samples
from tests.beam_services import worker_python as new_worker_python
from tests.browser import Browser
from tests.killing import heed_sigint

# No deadlines: machines are shared, and a library's first call is its slowest.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

REAL_DATA_VARIABLE = "UTKFACE_CROP_PART1"


def pytest_configure() -> None:
    heed_sigint()


@dataclass(frozen=True)
class FinishedCommand:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def _utkface(*arguments: object, **environment: str) -> FinishedCommand:
    command = [str(Path(sys.executable).parent / "utkface"), *map(str, arguments)]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **environment},
    )
    if arguments[0] == "run" and "--root" in arguments:
        root = Path(str(arguments[arguments.index("--root") + 1]))
        for ledger in root.glob("artifacts/UtkFaceExampleGen/ledger/*"):
            _assert_all_accounted_for(ledger)
    return FinishedCommand(ended.returncode, ended.stdout, ended.stderr)


def _assert_all_accounted_for(ledger: Path) -> None:
    rows = [json.loads(line) for line in (ledger / "ledger.jsonl").read_text().splitlines()]
    summary = json.loads((ledger / "summary.json").read_text())
    # The temporary files of the rows are deleted.
    assert sorted(path.name for path in ledger.iterdir()) == ["ledger.jsonl", "summary.json"]
    statuses = collections.Counter(row["status"] for row in rows)
    counts = {name: summary[name] for name in ("accepted", "repaired", "quarantined")}
    assert statuses == {name: count for name, count in counts.items() if count}
    assert summary["listed"] == len(rows) == sum(counts.values()) > 0
    assert len({(row["source"], row["name"]) for row in rows}) == len(rows)
    assert all(bool(row["reason"]) == (row["status"] != "accepted") for row in rows)
    splits = collections.Counter(row["split"] for row in rows if row["status"] != "quarantined")
    assert splits == {name: split["examples"] for name, split in summary["splits"].items()}


@pytest.fixture(scope="session")
def assert_all_accounted_for():
    """Asserts that each listed file has one ledger row, and each used file one example.

    The fixture `utkface` checks this after every `utkface run`.
    """
    return _assert_all_accounted_for


@pytest.fixture(scope="session")
def utkface():
    """Runs the installed command in a new process."""
    return _utkface


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 150 drawn faces; read-only."""
    folder = tmp_path_factory.mktemp("faces") / "drawn"
    write_samples(folder, count=150, seed=3)
    return folder


@pytest.fixture(scope="session")
def worker_python() -> Iterator[str]:
    """The Python of an environment for Beam's workers, which has this project as a wheel."""
    with new_worker_python() as python:
        yield python


@pytest.fixture(scope="session")
def crop_part1() -> Path:
    """The real archive; tests that use it are skipped if it is absent."""
    path = os.environ.get(REAL_DATA_VARIABLE)
    if not path or not Path(path).is_file():
        pytest.skip(f"the real data is absent: {REAL_DATA_VARIABLE} names no crop_part1.tar.gz")
    return Path(path)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless browser."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not on the PATH: no page is opened in a browser")
    with Browser(chromium, tmp_path_factory.mktemp("profile")) as opened:
        yield opened
