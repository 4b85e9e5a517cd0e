"""The outcome of an ingest depends only on the files, not on runner, workers, units or shards."""

import contextlib
import json
import os
import shutil
import signal
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import apache_beam as beam
import pytest
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions
from hypothesis import given, settings
from hypothesis import strategies as st

from components.beam_errors import LOST_WORKER
from components.errors import ResourceError
from components.ingest.ledger.rows import LedgerRow
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources.source import resolve_all
from components.ingest.steps import units
from components.ingest.transform import Ingest, worker_arguments
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.settings.beam import BeamSettings
from tests.beam_services import job_service
from tests.components.ingest.running import LOCAL, run
from tests.lanes import only_in

BUCKETS = {"train": 70, "eval": 10, "test": 20}
STAMP = "20170109142408{:03d}.jpg.chip.jpg"
PLAN = IngestPlan.of(IngestSettings(max_bad_fraction=1), BUCKETS)
TWO = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
Outcome = tuple[dict, list[LedgerRow]]


def outcome(data: list[str], folder: Path, arguments: list[str]) -> Outcome:
    summary, rows = run(PLAN, data, folder, records=True, arguments=arguments)
    return summary.to_dict(), rows


@pytest.fixture(scope="module")
def data(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A folder and two archives that share images, with a few bad files."""
    folder = tmp_path_factory.mktemp("data")
    pictures = sorted(faces.iterdir())
    with tarfile.open(folder / "a.tar.gz", "w:gz") as tar:
        for path in pictures[:60]:
            tar.add(path, f"UTKFace/{path.name}")
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        for path in pictures[40:]:
            archive.write(path, path.name)
        archive.write(pictures[50], f"99_0_0_{STAMP.format(1)}")
        archive.writestr("no face.jpg", b"text")
        archive.writestr("__MACOSX/._a.jpg", b"x")
    return [str(faces), str(folder / "a.tar.gz"), str(folder / "b.zip")]


@pytest.fixture(scope="module")
def expected(data: list[str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    summary, rows = outcome(data, tmp_path_factory.mktemp("expected"), [*LOCAL])
    assert (summary["listed"], summary["ignored"]) == (150 + 60 + 110 + 2, 1)
    assert summary["by_reason"] == {"duplicate": 168, "label-conflict": 4, "name-grammar": 1}
    return summary, rows


def test_two_processes_give_the_same_outcome_as_one(
    data: list[str], expected: Outcome, tmp_path: Path
) -> None:
    assert outcome(data, tmp_path, [*LOCAL, *TWO]) == expected


@pytest.mark.parametrize(
    ("files", "workers", "expected"),
    [
        (19, None, []),
        (20, None, TWO),
        (200, None, ["--direct_running_mode=multi_processing", "--direct_num_workers=3"]),
        (200, 1, []),
        (1, 2, TWO),
    ],
)
def test_many_files_are_read_by_as_many_processes_as_there_are_cores(
    files: int, workers: int | None, expected: list[str], tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(units, "FILES", 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 5})
    for number in range(files):
        (tmp_path / f"{number}.jpg").touch()
    plan = IngestPlan.of(IngestSettings(workers=workers), BUCKETS)
    assert worker_arguments(plan, resolve_all([str(tmp_path)])) == expected


@pytest.mark.parametrize("service", ["portable", "prism"])
def test_workers_of_a_job_service_give_the_same_outcome(
    service: Literal["portable", "prism"],
    worker_python: str,
    data: list[str],
    expected: Outcome,
    tmp_path: Path,
) -> None:
    with job_service(service, worker_python) as running:
        settings = BeamSettings(**running.beam)
        assert outcome(data, tmp_path, settings.arguments()) == expected


@pytest.fixture(scope="module")
def places() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


@only_in("current", "sizes of units and shards are compared")
@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    files=st.lists(st.tuples(st.integers(20, 22), st.integers(0, 5)), min_size=1, max_size=30),
    together=st.integers(1, 40),
    shard_bytes=st.integers(1, 200_000),
)
def test_the_outcome_does_not_depend_on_the_size_of_units_or_shards(
    places: Path, faces: Path, files: list[tuple[int, int]], together: int, shard_bytes: int
) -> None:
    pictures = [path.read_bytes() for path in sorted(faces.iterdir())[:6]]
    for name in ("data", "one", "many"):
        shutil.rmtree(places / name, ignore_errors=True)
    (places / "data").mkdir()
    for number, (age, picture) in enumerate(files):
        (places / "data" / f"{age}_0_0_{STAMP.format(number)}").write_bytes(pictures[picture])
    expected = outcome([f"{places}/data"], places / "one", [*LOCAL])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "FILES", together)
        patch.setattr(units, "SHARD_BYTES", shard_bytes)
        assert outcome([f"{places}/data"], places / "many", [*LOCAL]) == expected


def test_records_and_rows_are_sharded_by_size(
    data: list[str], expected: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "SHARD_BYTES", 300_000)
    assert outcome(data, tmp_path, [*LOCAL]) == expected
    ledgers = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert ledgers == [f"ledger-{number:05d}-of-00003.jsonl" for number in range(3)]
    rows = [json.loads(line)["name"] for name in ledgers for line in (tmp_path / name).open()]
    assert rows == [row.name for row in expected[1]]
    written = {split: sorted((tmp_path / f"Split-{split}").iterdir()) for split in BUCKETS}
    count = len(written["train"])
    assert count > 3
    for files in written.values():
        names = [path.name for path in files]
        assert names == [f"data_tfrecord-{n:05d}-of-{count:05d}.gz" for n in range(count)]
    assert max(path.stat().st_size for files in written.values() for path in files) < 400_000


def readers_of(path: Path) -> list[int]:
    """Returns the other processes that have a file open."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if link.readlink() == path and int(link.parts[2]) != os.getpid():
                found.append(int(link.parts[2]))
    return found


def test_a_killed_worker_is_reported_with_advice(faces: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.tar"
    with tarfile.open(path, "w") as tar:
        for copy in range(40):
            for picture in sorted(faces.iterdir()):
                tar.add(picture, f"{copy}/{picture.name}")
    done = threading.Event()

    def kill_the_reader() -> None:
        while not done.wait(0.05):
            for process in readers_of(path):
                os.kill(process, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_reader)
    killer.start()
    try:
        with pytest.raises(ResourceError) as caught:
            outcome([str(path)], tmp_path / "out", [*LOCAL, *TWO])
    finally:
        done.set()
        killer.join()
    assert str(caught.value) == LOST_WORKER
    assert explain(caught.value) == (ExitCode.FAILED, f"Failed: {LOST_WORKER}")


def test_counters_of_the_runner_match_the_summary(
    data: list[str], expected: Outcome, tmp_path: Path
) -> None:
    pipeline = beam.Pipeline(options=PipelineOptions([*LOCAL]))
    resolved = resolve_all(data)
    pipeline | Ingest(PLAN, resolved, ledger_uri=str(tmp_path), split_uris={})
    result = pipeline.run()
    result.wait_until_finish()
    found = result.metrics().query(MetricsFilter().with_namespace("ingest"))["counters"]
    counters = {counter.key.metric.name: counter.committed for counter in found}
    assert counters == {name: expected[0][name] for name in counters}
    assert counters.keys() == {"listed", "ignored", "accepted", "repaired", "quarantined"}
