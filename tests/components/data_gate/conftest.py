"""Tables of labels and image scalars: of drawn faces, and of the real data where it is."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from tfx import types

from components.utkface_example_gen import sources
from components.utkface_example_gen.ingest import Ingest
from components.utkface_example_gen.plan import IngestPlan
from components.utkface_example_gen.settings import IngestSettings
from pipeline.sample import write_samples
from tests.components.data_gate.gated import band, split, statistics_of


def _table(path: Path, folder: Path) -> pd.DataFrame:
    settings = IngestSettings(duplicates="keep")
    ingest = Ingest(IngestPlan.of(settings, {"train": 1}), folder)
    rows = [
        {
            **found.labels._asdict(),
            **{key: getattr(found.picture, key) for key in ("width", "height")},
            **{key: getattr(found.picture, key) for key in ("brightness", "contrast", "sharpness")},
        }
        for _, found, _ in ingest.run(sources.read_all(sources.resolve_all([str(path)])))
    ]
    table = pd.DataFrame(rows)
    scalars = ["brightness", "contrast", "sharpness"]
    table[scalars] = table[scalars].astype("float32")
    table["age_band"] = band(table.age)
    return table


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("drawn")
    write_samples(folder / "faces", count=2000, seed=5)
    return _table(folder / "faces", folder)


@pytest.fixture(scope="session")
def real(crop_part1: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return _table(crop_part1, tmp_path_factory.mktemp("real"))


@dataclass(frozen=True)
class Accepted:
    """A table, and the statistics of it that count as accepted last.

    Attributes:
      table: not to be changed.
      statistics: of its splits.
    """

    table: pd.DataFrame
    statistics: types.Artifact


@pytest.fixture(scope="session")
def drawn_accepted(drawn: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return Accepted(drawn, statistics_of(split(drawn), tmp_path_factory.mktemp("drawn_accepted")))


@pytest.fixture(scope="session")
def real_accepted(real: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return Accepted(real, statistics_of(split(real), tmp_path_factory.mktemp("real_accepted")))


@pytest.fixture(params=["drawn_accepted", pytest.param("real_accepted", marks=pytest.mark.real)])
def accepted(request: pytest.FixtureRequest) -> Accepted:
    """Drawn faces, and the real ones where they are."""
    found: Accepted = request.getfixturevalue(request.param)
    return found
