"""A run gets names of its own in a store that roots share, and outlives a short outage."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ml_metadata import errors
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.dsl.compiler.compiler import Compiler
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2

from components.errors import OperationError
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.engines.local.outages import when_back
from pipeline.engines.local.recording import record_run
from pipeline.engines.local.runner import local_pipeline
from pipeline.root.metadata_claim import read_claim
from pipeline.settings.config import PipelineConfig, load_config
from pipeline.settings.metadata import MetadataServer
from tests.beam_services import free_port
from tests.metadata_servers import PASSWORD, Server, metadata_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with metadata_server("mariadb") as started:
        yield started


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTKFACE_METADATA_PASSWORD", PASSWORD)
    monkeypatch.setenv("MYSQL_PWD", "")


def config_of(folder: Path, **settings: str) -> PipelineConfig:
    (folder / "root").mkdir()
    return load_config(data=str(folder), root=str(folder / "root"), **settings)


def compiled(config: PipelineConfig) -> pipeline_pb2.Pipeline:
    return Compiler().compile(local_pipeline(config))


def names(pipeline: pipeline_pb2.Pipeline, kind: str) -> set[str]:
    """Returns the names of the contexts of a type, of nodes and of queries for inputs."""
    found = set()
    for node in pipeline.nodes:
        contexts = [*node.pipeline_node.contexts.contexts]
        for inputs in node.pipeline_node.inputs.inputs.values():
            for channel in inputs.channels:
                assert {query.type.name for query in channel.context_queries} == {
                    "pipeline_run",
                    "node",
                }
                contexts += channel.context_queries
        found |= {one.name.field_value.string_value for one in contexts if one.type.name == kind}
    return found


def test_names_in_sqlite_are_those_of_the_settings(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    pipeline = compiled(config)
    with record_run(config, pipeline, "20260101-000000"):
        assert pipeline.pipeline_info.id == "utkface"
        assert names(pipeline, "pipeline") == {"utkface"}
        assert names(pipeline, "pipeline_run") == {"20260101-000000"}
        assert "utkface.Trainer" in names(pipeline, "node")


def test_names_on_a_server_end_with_the_key_of_the_root(tmp_path: Path, server: Server) -> None:
    config = config_of(tmp_path, metadata=server.url)
    pipeline = compiled(config)
    assert PASSWORD not in str(pipeline)
    with record_run(config, pipeline, "20260101-000000"):
        key = read_claim(tmp_path / "root").key
        assert pipeline.pipeline_info.id == f"utkface-{key}"
        assert names(pipeline, "pipeline") == {f"utkface-{key}"}
        assert names(pipeline, "pipeline_run") == {f"20260101-000000-{key}"}
        nodes = names(pipeline, "node")
    assert f"utkface-{key}.Trainer" in nodes
    assert all(name.startswith(f"utkface-{key}.") for name in nodes)


def test_tfx_looks_for_an_execution_to_continue_in_the_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(handle: None, contexts: list[mlmd.Context]) -> list[mlmd.Execution]:
        asked.extend(context.name for context in contexts)
        return []

    monkeypatch.setattr(execution_lib, "get_executions_associated_with_all_contexts", ask)
    config = config_of(tmp_path)
    with record_run(config, compiled(config), "20260101-000000"):
        contexts = [mlmd.Context(name=name) for name in ("utkface", "20260101-000000", "utkface.A")]
        assert execution_lib.get_executions_associated_with_all_contexts(None, contexts) == []
    assert asked == ["20260101-000000", "utkface.A"]
    assert execution_lib.get_executions_associated_with_all_contexts is ask


def test_a_server_that_fails_during_a_request_is_named(tmp_path: Path, server: Server) -> None:
    config = config_of(tmp_path, metadata=server.url)
    with (
        pytest.raises(OperationError) as error,
        record_run(config, compiled(config), "20260101-000000"),
    ):
        raise errors.InternalError("the server closed\nthe connection")
    assert explain(error.value) == (
        ExitCode.FAILED,
        f"Failed: expected the metadata server at 127.0.0.1:{server.port} during the whole run; it "
        "failed: the server closed the connection. Run the same command again.",
    )


def test_a_run_that_fails_while_its_server_is_away_keeps_its_own_error(
    tmp_path: Path, server: Server
) -> None:
    config = config_of(tmp_path, metadata=server.url)

    def fail() -> None:
        with record_run(config, compiled(config), "20260101-000000"):
            server.stop()
            raise ValueError("my own")

    try:
        with pytest.raises(ValueError, match="my own"):
            fail()
    finally:
        server.start()


def test_a_server_that_stays_away_is_given_up() -> None:
    away = MetadataServer("postgresql", "me", "localhost", free_port(), "records")
    with pytest.raises(OperationError) as error:
        when_back(away, lambda: None, seconds=0)
    assert str(error.value).startswith("metadata: expected a PostgreSQL server at localhost:")
    assert str(error.value).endswith(
        "The run waited 0 s for the server. Run the same command again once it is back."
    )


def test_a_server_that_comes_back_is_used() -> None:
    back = MetadataServer("postgresql", "me", "localhost", free_port(), "records")
    opened = threading.Event()

    def serve() -> None:
        time.sleep(1)
        with socket.create_server((back.host, back.port)) as listener:
            while not opened.is_set():
                connection, _ = listener.accept()
                connection.sendall(b"N")
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()

    def connect() -> str:
        opened.set()
        return "connected"

    try:
        assert when_back(back, connect, seconds=30) == "connected"
    finally:
        opened.set()
        with contextlib.suppress(OSError):  # in case the thread still waits
            socket.create_connection((back.host, back.port)).close()
        thread.join()
