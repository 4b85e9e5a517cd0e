"""Tables of labels and image scalars: drawn faces, and the real data if available."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from tfx import types

from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from pipeline.tools.sample import write_samples
from tests.components.data_gate.gated import band, split, statistics_of
from tests.components.ingest.running import run

_SCALARS = ["brightness", "contrast", "sharpness", "colour"]


def table_of(path: Path, folder: Path) -> pd.DataFrame:
    settings = IngestSettings(duplicates="keep")
    _, rows = run(IngestPlan.of(settings, {"train": 1}), path, folder)
    table = pd.DataFrame(
        {**row.labels, **{key: getattr(row, key) for key in ("width", "height", *_SCALARS)}}
        for row in rows
        if row.used
    )
    table[_SCALARS] = table[_SCALARS].astype("float32")
    table["age_band"] = band(table.age)
    return table


@pytest.fixture(scope="session")
def drawn_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn_files")
    write_samples(folder, count=2000, seed=5)
    return folder


@pytest.fixture(scope="session")
def drawn(drawn_files: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return table_of(drawn_files, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="session")
def real(crop_part1: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return table_of(crop_part1, tmp_path_factory.mktemp("real"))


@dataclass(frozen=True)
class Accepted:
    """A table, and its statistics, which the tests use as the data accepted last.

    Attributes:
      table: shared between tests; do not modify.
      statistics: statistics of its splits.
    """

    table: pd.DataFrame
    statistics: types.Artifact


Pictures = tuple[Path, Accepted]


@pytest.fixture(scope="session")
def drawn_accepted(drawn: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return Accepted(drawn, statistics_of(split(drawn), tmp_path_factory.mktemp("drawn_accepted")))


@pytest.fixture(scope="session")
def real_accepted(real: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return Accepted(real, statistics_of(split(real), tmp_path_factory.mktemp("real_accepted")))


@pytest.fixture
def drawn_set(drawn_files: Path, drawn_accepted: Accepted) -> Pictures:
    return drawn_files, drawn_accepted


@pytest.fixture
def real_set(crop_part1: Path, real_accepted: Accepted, tmp_path: Path) -> Pictures:
    with tarfile.open(crop_part1) as archive:
        archive.extractall(tmp_path / "files", filter="data")
    return tmp_path / "files", real_accepted


@pytest.fixture(params=["drawn_set", pytest.param("real_set", marks=pytest.mark.real)])
def pictures(request: pytest.FixtureRequest) -> Pictures:
    """A folder of face images, with their table and statistics as accepted last."""
    found: Pictures = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["drawn_accepted", pytest.param("real_accepted", marks=pytest.mark.real)])
def accepted(request: pytest.FixtureRequest) -> Accepted:
    """Drawn faces, and real faces if available."""
    found: Accepted = request.getfixturevalue(request.param)
    return found
