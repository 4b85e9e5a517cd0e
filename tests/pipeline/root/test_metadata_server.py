"""ML Metadata on real servers: refusals, and roots that share a database."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.cli import main
from pipeline.root.metadata_claim import check_store, claim_store
from pipeline.root.metadata_server import adapt, connect, server_config
from pipeline.root.metadata_store import (
    UnfinishedExecution,
    open_for_run,
    open_store,
    stored_name,
)
from pipeline.settings.metadata import parse_metadata
from tests.beam_services import free_port
from tests.metadata_servers import PASSWORD, SERVERS, PostgreSql, Server, metadata_server


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with metadata_server(request.param) as started:
        yield started


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD", PASSWORD)
    # These are set by the code under test, and restored afterwards.
    for name in ("MYSQL_PWD", "PGPASSWORD"):
        monkeypatch.setenv(name, "")


def refusal(url: str) -> str:
    with pytest.raises(InputError) as error:
        connect(parse_metadata(url))
    return str(error.value)


def test_an_empty_database_gets_its_tables(server: Server) -> None:
    store = connect(parse_metadata(server.url))
    kind = store.put_context_type(mlmd.ContextType(name="kind"))
    store.put_contexts([mlmd.Context(type_id=kind, name="Gesichter 顔 🙂")])
    again = connect(parse_metadata(server.url))
    assert [one.name for one in again.get_contexts()] == ["Gesichter 顔 🙂"]


@pytest.mark.parametrize(
    "text",
    [
        "it's",
        r"a\\b",
        '{"json": "{\\"in\\": \\"json\\"}"}',
        r"\\'); DROP TABLE type; --",
        "%s $1 \n\t",
    ],
)
def test_any_text_is_read_as_written(server: Server, text: str) -> None:
    store = connect(parse_metadata(server.url))
    kind = store.put_execution_type(mlmd.ExecutionType(name="kind"))
    execution = mlmd.Execution(type_id=kind, name=text)
    execution.custom_properties["text"].string_value = text
    execution.custom_properties["parts"].struct_value.update({"list": [text], "map": {"a": text}})
    (number,) = store.put_executions([execution])
    assert execution.name == text
    (found,) = connect(parse_metadata(server.url)).get_executions_by_id([number])
    assert (found.name, found.custom_properties) == (text, execution.custom_properties)
    assert store.get_execution_by_type_and_name("kind", text).id == number


def test_the_password_may_come_from_a_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD_FILE", str(tmp_path / "password"))
    assert refusal(server.url) == (
        "Expected UTKFACE_METADATA_PASSWORD or UTKFACE_METADATA_PASSWORD_FILE; both are set. "
        "Unset one."
    )
    monkeypatch.delenv("UTKFACE_METADATA_PASSWORD")
    assert connect(parse_metadata(server.url)).get_artifacts() == []
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD_FILE", str(tmp_path / "absent"))
    assert refusal(server.url) == (
        "UTKFACE_METADATA_PASSWORD_FILE: expected a file with the password; "
        f"{tmp_path}/absent: No such file or directory"
    )


def test_an_empty_database_may_be_used_by_many_at_once(server: Server) -> None:
    program = (
        "import sys; from pipeline.root.metadata_server import connect;"
        "from pipeline.settings.metadata import parse_metadata;"
        "print(connect(parse_metadata(sys.argv[1])).get_contexts())"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, server.add_database("fresh")]
    with ThreadPoolExecutor() as pool:
        started = [
            pool.submit(subprocess.run, command, capture_output=True, text=True, check=False)
            for _ in range(3)
        ]
    ended = [one.result() for one in started]
    assert [one.stdout for one in ended] == ["[]\n"] * 3, [one.stderr for one in ended]


def test_a_wrong_password_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD", "wrong-one")
    found = refusal(server.url)
    assert "expected to use the database records at 127.0.0.1:" in found
    assert "as the user pipeline; the server refused: " in found
    assert "put the password into UTKFACE_METADATA_PASSWORD (now set)" in found
    assert "wrong-one" not in found
    for name in ("UTKFACE_METADATA_PASSWORD", "MYSQL_PWD", "PGPASSWORD"):
        monkeypatch.delenv(name)
    assert "(now not set)" in refusal(server.url)


def test_a_missing_database_is_refused(server: Server) -> None:
    found = refusal(server.url.replace("/records", "/absent"))
    assert "expected to use the database absent at" in found
    assert "absent" in found.partition("the server refused: ")[2].partition(". ")[0]


def test_tables_of_another_release_are_refused(server: Server) -> None:
    connect(parse_metadata(server.url))
    table = "records.MLMDEnv" if server.url.startswith("mysql") else "mlmdenv"
    for version, word in ((7, "older"), (99, "greater")):
        server.sql(f"UPDATE {table} SET schema_version = {version}")
        try:
            assert word in refusal(server.url)
        finally:
            server.sql(f"UPDATE {table} SET schema_version = 10")


def test_a_run_is_refused_until_the_database_takes_long_text(
    server: Server, tmp_path: Path
) -> None:
    url = server.add_database("long_text")
    if isinstance(server, PostgreSql):
        with pytest.raises(InputError) as error:
            check_store(tmp_path, url)
        assert "expected the database long_text at 127.0.0.1:" in str(error.value)
        _, statement = str(error.value).split("Run once in the database: ")
        server.sql(statement, "long_text")
    check_store(tmp_path, url)
    check_store(tmp_path, url)
    store = connect(parse_metadata(url))
    kind = store.put_execution_type(mlmd.ExecutionType(name="kind"))
    execution = mlmd.Execution(type_id=kind)
    execution.custom_properties["text"].string_value = "".join(map(chr, range(0x4E00, 0x8E00)))
    (number,) = store.put_executions([execution])
    (found,) = store.get_executions_by_id([number])
    assert found.custom_properties == execution.custom_properties


def test_a_server_of_the_other_kind_is_refused(server: Server) -> None:
    other = {"mysql": "postgresql", "postgresql": "mysql"}
    kind, rest = server.url.split(":", 1)
    assert "metadata: expected a " in refusal(f"{other[kind]}:{rest}")


def test_a_server_that_is_away_is_refused() -> None:
    port = free_port()
    found = refusal(f"mysql://me@localhost:{port}/records")
    assert f"expected a MySQL or MariaDB server at localhost:{port}; found none" in found
    assert found.endswith("Start it, or correct the URL.")


def test_a_run_with_a_wrong_password_leaves_no_root(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD", "wrong-one")
    (tmp_path / "20_0_1_20170101.jpg").touch()
    places = ("--data", str(tmp_path), "--root", str(tmp_path.parent / f"{tmp_path.name}-root"))
    ended = CliRunner().invoke(main, ["run", *places, "--set", f"metadata={server.url}"])
    assert ended.exit_code == 2
    assert "the server refused: " in " ".join(ended.output.split())
    assert "wrong-one" not in ended.output
    assert not Path(places[-1]).exists()


def test_the_connection_that_tfx_logs_has_no_password(server: Server) -> None:
    parsed = parse_metadata(server.url)
    connect(parsed)
    assert PASSWORD not in str(server_config(parsed))


def test_each_root_sees_its_own_runs(server: Server, tmp_path: Path) -> None:
    states = {}
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        claim = claim_store(root, server.url)
        records = open_for_run(root, server.url, claim)
        run_type = records.store.put_context_type(mlmd.ContextType(name="pipeline_run"))
        kind = records.store.put_execution_type(mlmd.ExecutionType(name="Any"))
        # Both start in the same second.
        run = mlmd.Context(type_id=run_type, name=stored_name("20260101-000000", claim))
        node_type = records.store.put_context_type(mlmd.ContextType(name="node"))
        node = mlmd.Context(type_id=node_type, name=stored_name("utkface", claim) + ".Trainer")
        running = mlmd.Execution(type_id=kind, last_known_state=mlmd.Execution.RUNNING)
        states[name], *_ = records.store.put_execution(running, [], [run, node])
    two = open_store(tmp_path / "two")
    assert [two.name_of(run) for run in two.runs()] == ["20260101-000000"]
    assert len([*two.store.get_contexts_by_type("pipeline_run")]) >= 2
    assert two.unfinished() == [UnfinishedExecution("Trainer", states["two"])]
    two.end(two.unfinished(), stopped=True)
    found = two.store.get_executions_by_id([states["one"], states["two"]])
    assert {one.id: one.last_known_state for one in found} == {
        states["one"]: mlmd.Execution.RUNNING,
        states["two"]: mlmd.Execution.CANCELED,
    }
    assert replace(two, store=None, key="").place == server.url


def test_a_request_that_met_another_run_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is that of MariaDB 11.8; the store is in memory."""
    config = mlmd.ConnectionConfig()
    config.fake_database.SetInParent()
    store = MetadataStore(config)
    number = store.put_context_type(mlmd.ContextType(name="kind"))
    monkeypatch.setattr("ml_metadata.metadata_store.metadata_store.time.sleep", lambda _: None)
    call = store._call_method
    messages = ["Record has changed since last read in table 'E'; try restarting transaction"]

    def conflict(*arguments: object) -> None:
        if messages:
            raise errors.InternalError(messages.pop())
        call(*arguments)

    monkeypatch.setattr(store, "_call_method", conflict)
    adapt(store, parse_metadata("mysql://me@host:3306/records"))
    assert [kind.id for kind in store.get_context_types()] == [number]
    assert messages == []
    messages.append("the disk is full")
    with pytest.raises(errors.InternalError, match="the disk is full"):
        store.get_context_types()
