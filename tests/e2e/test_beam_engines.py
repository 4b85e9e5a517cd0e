"""Each Beam engine of the settings finds what the local engine finds, through `utkface run`."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
import yaml

from pipeline.tools.sample import write_samples
from tests.beam_services import LOOPBACK, Network, job_service, network
from tests.e2e.conftest import SETTINGS
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "runs on other Beam engines are tested"),
]
COUNT = 120


class Finished:
    """A finished run."""

    def __init__(self, root: Path):
        self.root = root

    def one(self, pattern: str) -> Path:
        (found,) = self.root.glob(f"artifacts/{pattern}")
        return found

    def examples(self) -> dict[str, Any]:
        """Returns the number and the digest of each split's examples, in any order."""
        return json.loads(self.one("UtkFaceExampleGen/ledger/*/summary.json").read_text())["splits"]

    def statistics(self) -> dict[str, dict[str, tuple[int, str]]]:
        """Returns the number of examples and a digest of each slice's features, by split."""
        found = {}
        for path in self.root.glob("artifacts/StatisticsGen/statistics/*/*/FeatureStats.pb"):
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
        return {
            split: _digest(self._records(f"Transform/transformed_examples/*/Split-{split}/*"))
            for split in ("train", "eval")
        }

    def predicted(self) -> int:
        """Returns the number of images of the test split with a prediction."""
        return len([*self._records("BulkInferrer/output_examples/*/Split-test/*")])

    def measured(self) -> int:
        """Returns the number of images that the Evaluator's overall slice counts."""
        report = json.loads((self.one("FairnessReport/figures/*/figures.json")).read_text())
        return report["examples"]

    def _records(self, pattern: str) -> Iterator[bytes]:
        files = sorted(map(str, self.root.glob(f"artifacts/{pattern}")))
        yield from tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()


def _digest(records: Iterator[bytes]) -> str:
    digests = sorted(hashlib.sha256(record).hexdigest() for record in records)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@pytest.fixture(scope="module")
def run(utkface, tmp_path_factory: pytest.TempPathFactory):
    """Runs the pipeline on an engine."""
    folder = tmp_path_factory.mktemp("engines")
    write_samples(folder / "faces", count=COUNT, seed=11)

    def run(**beam: Any) -> Finished:
        root = folder / beam["engine"]
        settings = folder / f"{beam['engine']}.yaml"
        trainer = {"architecture": "shared", "epochs": 1, "steps_per_epoch": 1}
        settings.write_text(
            yaml.safe_dump(
                {
                    **yaml.safe_load(SETTINGS),
                    "trainer": trainer,
                    "data": str(folder / "faces"),
                    "root": str(root),
                    "beam": beam,
                }
            )
        )
        ended = utkface("run", "--config", settings)
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


@pytest.mark.parametrize("engine", ["portable", "prism"])
def test_an_engine_finds_what_the_local_engine_finds(
    run,
    local: Finished,
    worker_python: str,
    elsewhere: Network,
    engine: Literal["portable", "prism"],
) -> None:
    with job_service(engine, worker_python, elsewhere) as service:
        finished = run(**service.beam)
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
