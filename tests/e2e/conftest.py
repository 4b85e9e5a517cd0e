"""One finished run, shared by many tests, and a second that starts from its model."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_UTKFACE = str(Path(sys.executable).parent / "utkface")
# Any model meets these bounds: the tests cover the pipeline, not the model.
SETTINGS = """\
trainer: {architecture: shared, epochs: 2}
ingest: {max_bad_fraction: 0.5}
gate: {train_cells: {warn: 0, stop: 0}}
thresholds: {max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}
fairness: {min_examples: 1000000}
"""
BAD_FILES = {
    "face.jpg": "name-grammar",
    "39_1_20170116174525125.jpg.chip.jpg": "label-missing",
    "117_0_0_20170109142408075.jpg.chip.jpg": "label-out-of-range",
    "20_0_0_20170109142408001.jpg.chip.jpg": "empty-file",
    "20_0_0_20170109142408002.jpg.chip.jpg": "truncated",
    "20_0_0_20170109142408003.jpg.chip.jpg": "not-an-image",
}


@dataclass(frozen=True)
class FinishedRun:
    """A finished run that pushed its model.

    Attributes:
      data: the data folder: the drawn faces, copies of ten of them with other names
        and labels, BAD_FILES, and a file of the operating system.
      root: the root of the run.
      bad_files: the expected quarantine reason of each of BAD_FILES, by name.
      config: the YAML settings file.
      command: the finished command.
    """

    data: Path
    bad_files: dict[str, str]
    root: Path
    config: Path
    command: Any

    def one(self, pattern: str) -> Path:
        """Returns the path of the newest execution's file or folder."""
        return max(
            self.root.glob(pattern),
            # Execution numbers compare as integers: 10 is newer than 9.
            key=lambda path: [(int(part) if part.isdigit() else 0, part) for part in path.parts],
        )

    def report(self) -> dict[str, Any]:
        return json.loads(self.one("runs/*/reports/report.json").read_text())


@pytest.fixture(scope="session")
def finished_run(faces, utkface, tmp_path_factory) -> FinishedRun:
    folder = tmp_path_factory.mktemp("finished_run")
    data = folder / "data"
    shutil.copytree(faces, data / "part1")
    drawn = sorted((data / "part1").iterdir())
    (data / "part2").mkdir()
    for number, path in enumerate(drawn[:10]):
        shutil.copy(path, data / "part2" / f"{30 + number}_1_2_2018010112000000{number}.jpg")
    picture = drawn[0].read_bytes()
    contents = {"empty-file": b"", "truncated": picture[: len(picture) // 2]}
    for name, reason in BAD_FILES.items():
        (data / name).write_bytes(contents.get(reason, picture))
    (data / ".DS_Store").touch()
    (data / "20_0_0_20170109142408003.jpg.chip.jpg").write_text("no picture")
    config = folder / "settings.yaml"
    config.write_text(SETTINGS)
    root = folder / "root"
    return FinishedRun(
        data,
        BAD_FILES,
        root,
        config,
        utkface("run", "--data", data, "--root", root, "--config", config),
    )


@dataclass(frozen=True)
class WarmRun:
    """A second run of a root, with folders of its own for its home and temporary files."""

    root: Path
    home: Path
    temporary: Path
    added: int
    ended: Any


def _room(root: Path) -> int:
    """Returns the bytes on disk, each file with several links once."""
    found = {
        (facts.st_dev, facts.st_ino): facts.st_blocks * 512
        for facts in (path.lstat() for path in root.rglob("*"))
    }
    return sum(found.values())


@pytest.fixture(scope="session")
def warm_run(finished_run, tmp_path_factory: pytest.TempPathFactory) -> WarmRun:
    folder = tmp_path_factory.mktemp("warm")
    root, home, temporary = (folder / name for name in ("root", "home", "tmp"))
    shutil.copytree(finished_run.root, root, copy_function=os.link)
    # SQLite writes in place.
    (root / "metadata.db").unlink()
    shutil.copy(finished_run.root / "metadata.db", root)
    for path in (home, temporary):
        path.mkdir()
    before = _room(root)
    arguments = (
        *("run", "--data", finished_run.data, "--root", root, "--config", finished_run.config),
        *("--set", "trainer.epochs=1", "--set", "trainer.steps_per_epoch=1"),
        *("--set", "trainer.warm_start=latest", "--set", "threads=1"),
    )
    variables = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}
    ended = subprocess.run(
        [_UTKFACE, *map(str, arguments)],
        env={**variables, "HOME": str(home), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        umask=0,
    )
    return WarmRun(root, home, temporary, _room(root) - before, ended)
