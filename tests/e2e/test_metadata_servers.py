"""Runs recorded on real database servers find what a run recorded in SQLite finds."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.root.metadata_claim import read_claim
from tests.e2e.conftest import FinishedRun
from tests.lanes import only_in
from tests.metadata_servers import PASSWORD, PLAIN_PART, Server, metadata_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "runs on database servers are tested"),
]
# The report's files, which differ between roots.
PLACES = ("places", "pushed_to")
WAITING = "Waiting for the metadata server"


@dataclass(frozen=True)
class Recorded:
    """A run on a server, and what `utkface runs` lists afterwards."""

    root: Path
    command: Any
    runs: Any

    def report(self) -> dict[str, Any]:
        (path,) = self.root.glob("runs/*/reports/report.json")
        return json.loads(path.read_text())


@pytest.fixture(scope="module")
def run(utkface, finished_run: FinishedRun):
    """Runs the pipeline of `finished_run` in another root, with its metadata on a server."""

    def run(root: Path, server: Server, **secret: str) -> Recorded:
        places = ("--data", finished_run.data, "--root", root, "--config", finished_run.config)
        url = ("--set", f"metadata={server.url}")
        command = utkface("run", *places, *url, **secret)
        return Recorded(root, command, utkface("runs", "--root", root, "--json", **secret))

    return run


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Server]:
    with metadata_server("mariadb") as server:
        yield server


@pytest.fixture(scope="module")
def pair(run, mariadb: Server, tmp_path_factory: pytest.TempPathFactory) -> list[Recorded]:
    """Two runs at once, of pipelines with one name, in an empty database."""
    folder = tmp_path_factory.mktemp("pair")
    (folder / "password").write_text(PASSWORD)
    secrets = (mariadb.secret, {"UTKFACE_METADATA_PASSWORD_FILE": str(folder / "password")})
    with ThreadPoolExecutor() as pool:
        started = [
            pool.submit(run, folder / name, mariadb, **secret)
            for name, secret in zip(("first", "second"), secrets, strict=True)
        ]
    return [one.result() for one in started]


@pytest.fixture(scope="module")
def interrupted(run, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A run whose server is away when a component ends, until the run waits for it."""
    root = tmp_path_factory.mktemp("interrupted") / "root"
    with metadata_server("postgresql") as server:
        refused = run(root, server, **server.secret)
        assert refused.command.returncode == 2
        assert "Run once in the database" in refused.command.stderr
        server.take_long_text()
        ended = threading.Event()

        def wait_until(happened: Callable[[], bool]) -> None:
            while not (happened() or ended.wait(0.2)):
                pass

        def is_waiting() -> bool:
            return any(WAITING in log.read_text() for log in root.glob("runs/*/run.log"))

        def restart() -> None:
            wait_until(lambda: any(root.glob("artifacts/Transform/transformed_examples/*")))
            server.stop()
            wait_until(is_waiting)
            server.start()

        other = threading.Thread(target=restart)
        other.start()
        try:
            return run(root, server, **server.secret)
        finally:
            ended.set()
            other.join()


def assert_same(found: Recorded, expected: FinishedRun, utkface: Any) -> None:
    assert found.command.returncode == 0, found.command.stderr + found.command.stdout
    # Other tests may have run in the same root since.
    first = min(expected.root.glob("runs/*/reports/report.json"))
    reports = [found.report(), json.loads(first.read_text())]
    assert set(reports[0]["places"]) == set(reports[1]["places"])
    compared = [
        {key: value for key, value in report.items() if key not in PLACES} for report in reports
    ]
    assert compared[0] == compared[1]
    (listed,) = json.loads(found.runs.stdout)
    *_, before = json.loads(utkface("runs", "--root", expected.root, "--json").stdout)
    differ = ("run", "started", "figures")
    assert all(listed[key] == before[key] for key in before if key not in differ)
    assert [listed["run"]] == [path.name for path in (found.root / "runs").iterdir()]
    assert listed["figures"].startswith(str(found.root))


def test_two_runs_at_once_share_a_database(
    pair: list[Recorded], finished_run: FinishedRun, utkface, mariadb: Server
) -> None:
    for found in pair:
        assert_same(found, finished_run, utkface)
    keys = [read_claim(found.root).key for found in pair]
    pipelines = mariadb.sql(
        "SELECT c.name FROM records.Context c JOIN records.Type t ON t.id = c.type_id "
        "WHERE t.name = 'pipeline' ORDER BY c.name"
    )
    assert pipelines.split() == sorted(f"utkface-{key}" for key in keys)
    # 3 is COMPLETE. As many as in SQLite, where the run is alone.
    states = mariadb.sql("SELECT last_known_state, COUNT(*) FROM records.Execution GROUP BY 1")
    components = {path.name for path in (finished_run.root / "artifacts").iterdir()}
    complete, number = map(int, states.split())
    assert (complete, number % 2) == (3, 0)
    assert number // 2 >= len(components)


def test_no_event_is_written_twice(pair: list[Recorded], mariadb: Server) -> None:
    # Kubeflow's server has this constraint, on the same version of the schema.
    constraint = mariadb.sql(
        "SELECT GROUP_CONCAT(column_name ORDER BY seq_in_index) FROM information_schema.statistics "
        "WHERE table_schema = 'records' AND index_name = 'UniqueEvent' AND non_unique = 0"
    )
    assert constraint.strip() == "artifact_id,execution_id,type"
    assert mariadb.sql("SELECT schema_version FROM records.MLMDEnv").strip() == "10"
    # 3 is INPUT and 4 is OUTPUT.
    kinds = mariadb.sql("SELECT DISTINCT type FROM records.Event ORDER BY 1").split()
    assert kinds == ["3", "4"]


def test_a_run_waits_for_a_server_that_restarts(
    interrupted: Recorded, finished_run: FinishedRun, utkface
) -> None:
    assert_same(interrupted, finished_run, utkface)
    (log,) = interrupted.root.glob("runs/*/run.log")
    assert f"{WAITING}: metadata: expected a PostgreSQL" in log.read_text()


def test_no_file_and_no_output_has_the_password(
    pair: list[Recorded], interrupted: Recorded
) -> None:
    secret = PLAIN_PART.encode()
    for found in (*pair, interrupted):
        files = [path for path in found.root.rglob("*") if path.is_file()]
        assert len(files) > 50
        assert not [path for path in files if secret in path.read_bytes()]
        for output in (found.command, found.runs):
            assert PLAIN_PART not in output.stdout + output.stderr
