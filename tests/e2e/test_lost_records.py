"""A record that is lost between two steps ends the run before the training."""

import threading
from pathlib import Path

import pytest
import tensorflow as tf
import yaml

from pipeline.console.exit_codes import ExitCode
from tests.e2e.conftest import SETTINGS
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "a run that loses a record is tested"),
]
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP")


def drop_last_record(examples: Path, spare: Path) -> int:
    """Rewrites a file of examples without its last record; returns the number of all records."""
    (path,) = examples.iterdir()
    records = [*tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()]
    with tf.io.TFRecordWriter(str(spare), _OPTIONS) as writer:
        for record in records[:-1]:
            writer.write(record)
    spare.replace(path)
    return len(records)


def test_an_example_lost_after_the_statistics_ends_the_run(utkface, faces, tmp_path: Path) -> None:
    root, settings = tmp_path / "root", tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump({**yaml.safe_load(SETTINGS), "data": str(faces)}))
    ended, counts = threading.Event(), []

    def lose() -> None:
        # Several steps come between these statistics and Transform.
        pattern = "artifacts/StatisticsGen/statistics/*/Split-test/FeatureStats.pb"
        while not ended.wait(0.02):
            if any(root.glob(pattern)):
                (train,) = root.glob("artifacts/UtkFaceExampleGen/examples/*/Split-train")
                counts.append(drop_last_record(train, tmp_path / "spare.gz"))
                return

    thief = threading.Thread(target=lose)
    thief.start()
    command = utkface("run", "--config", settings, "--root", root)
    ended.set()
    thief.join()
    (count,) = counts
    assert command.returncode == ExitCode.FAILED
    assert (
        f"Expected transformed examples of the {count} examples in the train split; found "
        f"transformed examples of {count - 1}. The Beam engine lost or repeated records"
    ) in " ".join(command.stderr.split())
    assert (root / "artifacts" / "Transform").exists()
    assert not (root / "artifacts" / "Trainer").exists()
