"""Each Beam engine finds what the local engine finds, after runs whose workers were killed."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
import yaml

from components.beam_errors import LOST_WORKER
from pipeline.console.exit_codes import ExitCode
from pipeline.tools.sample import write_samples
from tests.beam_services import LOOPBACK, Network, find_workers, job_service, network
from tests.e2e.conftest import SETTINGS
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "runs on other Beam engines are tested"),
]
COUNT = 120
COPIES = 15
# From a kill to the end of the run; far more than it takes.
SECONDS = 60


@dataclass(frozen=True)
class Finished:
    """The results of the newest run under a root."""

    root: Path

    def newest(self, output: str) -> Path:
        """Returns the folder of an output, e.g. Transform/transform_graph."""
        return max((self.root / "artifacts" / output).iterdir(), key=lambda path: int(path.name))

    def examples(self) -> dict[str, Any]:
        """Returns the number and the digest of each split's examples, in any order."""
        ledger = self.newest("UtkFaceExampleGen/ledger")
        return json.loads((ledger / "summary.json").read_text())["splits"]

    def statistics(self) -> dict[str, dict[str, tuple[int, str]]]:
        """Returns the number of examples and a digest of each slice's features, by split."""
        found = {}
        for path in self.newest("StatisticsGen/statistics").glob("*/FeatureStats.pb"):
            found[path.parent.name] = {
                dataset.name: (
                    dataset.num_examples,
                    _digest(feature.SerializeToString(True) for feature in dataset.features),
                )
                for dataset in tfdv.load_stats_binary(str(path)).datasets
            }
        return found

    def transformed(self) -> dict[str, str]:
        """Returns a digest of each split's transformed examples, in any order."""
        folder = self.newest("Transform/transformed_examples")
        return {split: _digest(_records(folder / f"Split-{split}")) for split in ("train", "eval")}

    def predicted(self) -> int:
        """Returns the number of images of the test split with a prediction."""
        return len([*_records(self.newest("BulkInferrer/output_examples") / "Split-test")])

    def measured(self) -> int:
        """Returns the number of images that the Evaluator's overall slice counts."""
        report = self.newest("FairnessReport/figures") / "figures.json"
        return json.loads(report.read_text())["examples"]


def _records(folder: Path) -> Iterator[bytes]:
    files = sorted(map(str, folder.iterdir()))
    yield from tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()


def _digest(records: Iterator[bytes]) -> str:
    digests = sorted(hashlib.sha256(record).hexdigest() for record in records)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@pytest.fixture(scope="module")
def start(utkface, tmp_path_factory: pytest.TempPathFactory):
    """Runs the pipeline on an engine, under a root of the engine's own."""
    folder = tmp_path_factory.mktemp("engines")
    write_samples(folder / "faces" / "0", count=COUNT, seed=11)
    # Duplicates are left out, but have to be read.
    for copy in range(1, COPIES):
        shutil.copytree(folder / "faces" / "0", folder / "faces" / str(copy), copy_function=os.link)

    def start(engine: str, **beam: Any) -> tuple[Path, Any]:
        settings, root = folder / f"{engine}.yaml", folder / engine
        trainer = {"architecture": "shared", "epochs": 1, "steps_per_epoch": 1}
        settings.write_text(
            yaml.safe_dump(
                {
                    **yaml.safe_load(SETTINGS),
                    "trainer": trainer,
                    "data": str(folder / "faces"),
                    "root": str(root),
                    "beam": {"engine": engine, **beam},
                }
            )
        )
        return root, utkface("run", "--config", settings)

    start.folder = folder
    return start


@pytest.fixture(scope="module")
def run(start):
    """Runs the pipeline to its end on an engine."""

    def run(**beam: Any) -> Finished:
        root, ended = start(**beam)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return Finished(root)

    return run


@pytest.fixture(scope="module")
def local(run) -> Finished:
    return run(engine="local")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Network]:
    """A network of the workers' own, where that is possible."""
    with network() as created:
        yield created


@pytest.fixture(scope="module")
def beam(request, worker_python: str, elsewhere: Network) -> Iterator[dict[str, Any]]:
    """The settings of an engine that is running."""
    if request.param == "multiprocess":
        yield {"engine": "multiprocess", "workers": 2}
        return
    with job_service(request.param, worker_python, elsewhere) as service:
        yield service.beam


@contextlib.contextmanager
def killed_worker(folder: Path, pattern: str) -> Iterator[list[float]]:
    """Kills a worker once a file of a pattern is in the folder; yields a list for the time."""
    ended, killed = threading.Event(), []

    def kill() -> None:
        while not ended.wait(0.02):
            if any(folder.glob(pattern)) and (found := find_workers(os.getpid())):
                os.kill(found[0], signal.SIGKILL)
                killed.append(time.monotonic())
                return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        ended.set()
        killer.join()


# What a component has written while its workers work.
IN_PROGRESS = {
    "UtkFaceExampleGen": "ledger/*/*",
    "Transform": "transform_graph/*/.temp_path",
}


# With the engines as fixtures, the tests of an engine follow each other.
@pytest.mark.parametrize(
    ("beam", "component"),
    [
        ("portable", "Transform"),
        ("prism", "UtkFaceExampleGen"),
        ("flink", "UtkFaceExampleGen"),
        ("spark", "UtkFaceExampleGen"),
        ("multiprocess", "UtkFaceExampleGen"),
    ],
    indirect=["beam"],
)
def test_a_killed_worker_ends_the_run(start, beam: dict[str, Any], component: str) -> None:
    artifacts = start.folder / beam["engine"] / "artifacts"
    with killed_worker(artifacts / component, IN_PROGRESS[component]) as killed:
        _, ended = start(**beam)
    assert ended.returncode == ExitCode.FAILED
    assert f"Failed: {LOST_WORKER}" in " ".join(ended.stderr.split())
    assert time.monotonic() - killed[0] < SECONDS
    # A component has a folder once it starts.
    assert (artifacts / "Transform").exists() == (component == "Transform")


@pytest.mark.parametrize("beam", ["portable", "prism", "flink", "spark"], indirect=True)
def test_the_next_run_finds_what_the_local_engine_finds(
    run, local: Finished, beam: dict[str, Any]
) -> None:
    finished = run(**beam)
    assert finished.examples() == local.examples()
    assert finished.statistics() == local.statistics()
    assert finished.transformed() == local.transformed()
    test = local.examples()["test"]["examples"]
    assert test > 10
    assert finished.predicted() == local.predicted() == test
    assert finished.measured() == local.measured() == test


def test_the_workers_had_a_network_of_their_own(elsewhere: Network) -> None:
    if elsewhere is LOOPBACK:
        pytest.skip("no root, or no ip and unshare: the workers shared the network of the runs")
    assert elsewhere.inside != elsewhere.here != "localhost"
