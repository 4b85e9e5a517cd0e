"""HistoryLookup ends the run if accepted statistics are unreadable."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import standard_artifacts

from components.errors import InputError
from components.history.artifact import FOUND, SPAN, MeasuredModels
from components.history.lookup import HistoryLookup
from components.history.registry import ACCEPTED_STATISTICS, SPLIT_NAMES, History
from trainer import features


@pytest.fixture
def entries(tmp_path: Path) -> list[Path]:
    """Folders of two entries with statistics of all splits, oldest first."""
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    statistics.datasets.add(name="All Examples", num_examples=30)
    statistics.datasets.add(name="race_1", num_examples=12)
    for span in (1, 2):
        for split in features.SPLITS:
            (tmp_path / f"statistics-{span}" / f"Split-{split}").mkdir(parents=True)
            path = tmp_path / f"statistics-{span}" / f"Split-{split}" / "FeatureStats.pb"
            path.write_bytes(statistics.SerializeToString())
    names = '["train", "eval", "test"]'
    history = History(f"{tmp_path}/history")
    return [
        Path(
            history.record(
                ACCEPTED_STATISTICS,
                f"{tmp_path}/statistics-{span}",
                span=span,
                properties={SPLIT_NAMES: names},
            ).files
        ).parent
        for span in (1, 2)
    ]


def look_up(tmp_path: Path, attempt: str) -> standard_artifacts.ExampleStatistics:
    model, statistics = standard_artifacts.Model(), standard_artifacts.ExampleStatistics()
    training_state = standard_artifacts.ModelRun()
    model.uri, statistics.uri = f"{tmp_path}/{attempt}/model", f"{tmp_path}/{attempt}/statistics"
    outputs = {
        "model": model,
        "statistics": statistics,
        "training_state": training_state,
        "blessing": standard_artifacts.ModelBlessing(),
        "measured": MeasuredModels(),
    }
    HistoryLookup.EXECUTOR_SPEC.executor_class().Do(
        {},
        {key: [output] for key, output in outputs.items()},
        {
            "history": f"{tmp_path}/history",
            "serving": f"{tmp_path}/serving",
            "warm_start": "none",
            "splits": "{}",
        },
    )
    return statistics


def test_statistics_of_the_latest_entry_are_found(entries: list[Path], tmp_path: Path) -> None:
    found = look_up(tmp_path, "first")
    assert (found.get_int_custom_property(FOUND), found.get_int_custom_property(SPAN)) == (1, 2)
    copied = Path(found.uri, "Split-train", "FeatureStats.pb").read_bytes()
    assert copied == (entries[1] / "files" / "Split-train" / "FeatureStats.pb").read_bytes()


@pytest.mark.parametrize("split", features.SPLITS)
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b"no statistics, but words\n"), id="garbage"),
        pytest.param(lambda path: path.write_bytes(b"\x00" * 500), id="zeros"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-3]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.rename(path.with_suffix(".old")), id="renamed"),
    ],
)
def test_unreadable_statistics_are_named_with_the_folder_to_delete(
    entries: list[Path], tmp_path: Path, split: str, damage: Callable[[Path], object]
) -> None:
    _, newer = entries
    damage(newer / "files" / f"Split-{split}" / "FeatureStats.pb")
    with pytest.raises(InputError) as caught:
        look_up(tmp_path, "first")
    assert str(caught.value).startswith(f"{newer}: expected a history entry")
    assert f"found a damaged entry: {newer}/files/Split-{split}/" in str(caught.value)
    assert str(caught.value).endswith("Delete this folder; the entry before it is then used.")
    newer.rename(tmp_path / "deleted")
    found = look_up(tmp_path, "second")
    assert found.get_int_custom_property(SPAN) == 1
