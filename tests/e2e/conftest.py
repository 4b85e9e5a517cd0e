"""One finished run that many tests look at."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Bounds that any model meets: what is tested is the machinery.
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
    """A run that was pushed.

    Attributes:
      data: the folder it ran on: the drawn faces, ten of them a second time under
        other names and labels, BAD_FILES, and a file of an operating system.
      root: its root.
      bad_files: the reason that each of BAD_FILES must be given, by name.
      config: the YAML file it was given.
      command: what came of the command.
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
            # Executions are numbered: 10 is newer than 9.
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
