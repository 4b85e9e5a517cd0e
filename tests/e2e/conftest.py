"""One finished run, shared by many tests."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
