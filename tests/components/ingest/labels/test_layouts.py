"""Examples of docs/data-and-labels.md, run on drawn faces in the layouts of the data sets."""

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.ingest.labels.corrections import Corrections
from components.ingest.labels.label_source import FileLabels, ManifestSource, label_file
from components.ingest.labels.manifest import read_rows
from components.ingest.labels.settings import LabelSettings
from components.ingest.labels.takedowns import Takedowns
from components.ingest.sources.source import resolve_all
from pipeline.settings.config import load_config
from pipeline.tools.sample import write_samples
from tests.components.ingest import listed
from tests.components.ingest.labels import layouts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_of_docs(section: str) -> tuple[str, LabelSettings]:
    Path("settings.yaml").write_text(layouts.block_of_docs(section, "yaml"))
    config = load_config("settings.yaml")
    (data,) = config.data
    return data, config.ingest.labels


def draw(names: list[str]) -> None:
    drawn = write_samples(Path("drawn"), count=len(names), seed=3)
    for path, name in zip(drawn, names, strict=True):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        path.rename(name)


def label_all(data: str, settings: LabelSettings) -> tuple[dict[str, Any], list[str]]:
    """Returns the labels of each file, and the names of rows without a file."""
    next(read_rows(settings))
    found = list(listed.read_all(resolve_all([data])))
    rows = ManifestSource(
        str(settings.manifest), read_rows(settings), [(file.path, file.name) for file in found]
    )
    labels = {
        file.relative_name: label_file(
            file.path,
            "",
            functools.partial(rows.read, file.path),
            corrections=Corrections(),
            takedowns=Takedowns(),
        )
        for file in found
    }
    return labels, [name for name, _ in rows.without_file()]


def test_the_fairface_example_labels_every_image(folder: Path) -> None:
    Path("fairface_label_train.csv").write_text(layouts.FAIRFACE)
    Path("fairface_label_val.csv").write_text(layouts.FAIRFACE_VAL)
    subprocess.run(["sh", "-ec", layouts.block_of_docs("FairFace", "sh")], check=True)
    names = [f"train/{number}.jpg" for number in range(1, 7)] + ["val/1.jpg"]
    draw([f"fairface/{name}" for name in names])
    labels, without = label_all(*settings_of_docs("FairFace"))
    expected = [
        ({"gender": 0, "race": 2}, (50, 59)),
        ({"gender": 1, "race": 3}, (30, 39)),
        ({"gender": 1, "race": 1}, (3, 9)),
        ({"gender": 0, "race": 0}, (70, 116)),
        ({"gender": 1, "race": 4}, (0, 2)),
        ({"gender": 0, "race": 2}, (20, 29)),
        ({"gender": 0, "race": 4}, (40, 49)),
    ]
    assert labels == {
        name: FileLabels(known, {"age": bounds})
        for name, (known, bounds) in zip(names, expected, strict=True)
    }
    assert without == []


def test_the_appa_real_example_labels_every_cropped_face(folder: Path) -> None:
    for split in ("train", "valid", "test"):
        empty = split != "train"
        ages, categories = layouts.APPA_REAL_AGES, layouts.APPA_REAL_CATEGORIES
        Path(f"gt_avg_{split}.csv").write_text(ages.splitlines()[0] if empty else ages)
        Path(f"allcategories_{split}.csv").write_text(
            categories.splitlines()[0] if empty else categories
        )
    script = layouts.block_of_docs("APPA-REAL", "python")
    subprocess.run([sys.executable, "-c", script], check=True)
    names = [f"train/00000{number}.jpg" for number in range(3)]
    # Each cropped face is beside its photograph.
    draw([f"appa-real-release/{name}{end}" for name in names for end in ("", "_face.jpg")])
    labels, without = label_all(*settings_of_docs("APPA-REAL"))
    expected = [(4, 0, 0), (18, 1, 2), (80, 1, 1)]
    assert labels == {
        f"{name}_face.jpg": FileLabels(dict(zip(("age", "gender", "race"), known, strict=True)))
        for name, known in zip(names, expected, strict=True)
    }
    assert without == ["train/000003.jpg_face.jpg"]
