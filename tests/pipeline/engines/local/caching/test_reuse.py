"""TFX's local runner reuses complete results whose code, settings and inputs are the same."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx import v1 as tfx
from tfx.dsl.compiler.compiler import Compiler
from tfx.orchestration import metadata
from tfx.orchestration.portable import cache_utils, launcher

from components.storage import files
from pipeline.engines.local.caching import keys
from pipeline.engines.local.caching.reuse import reuse_results
from pipeline.engines.local.component_events import LOGGER, log_components
from pipeline.engines.local.staging import stage_artifacts
from pipeline.engines.staged_paths import to_local
from tests.object_stores import client_of, registered, s3_server

Model = tfx.types.standard_artifacts.Model


@tfx.dsl.components.component
def Lookup(
    source: tfx.dsl.components.Parameter[str], model: tfx.dsl.components.OutputArtifact[Model]
) -> None:
    """Copies a file."""
    shutil.copy(source, f"{model.uri}/x")
    model.set_string_custom_property("from", Path(source).read_text()[:1])


@tfx.dsl.components.component
def Reader(
    settings: tfx.dsl.components.Parameter[str],
    model: tfx.dsl.components.InputArtifact[Model],
    copy: tfx.dsl.components.OutputArtifact[Model],
    other: tfx.dsl.components.OutputArtifact[Model],
) -> None:
    """Copies the file of its input, twice."""
    for target in (copy, other):
        Path(target.uri, "deep").mkdir()
        shutil.copy(f"{model.uri}/x", f"{target.uri}/deep/x")


class Reuses(logging.Handler):
    """Collects whether each component reused results."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, bool] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.found[record.component] = record.cached  # type: ignore[attr-defined]


class Pipelines:
    """Runs two components; the first always runs."""

    def __init__(self, folder: Path, root: str) -> None:
        self.root = root
        self._folder = folder
        self._source = folder / "source"
        self._connection = metadata.sqlite_metadata_connection_config(f"{folder}/metadata.db")
        self._runs = 0
        self.text = "weights"

    @property
    def store(self) -> MetadataStore:
        return MetadataStore(self._connection)

    def run(self, *, enabled: bool = True, settings: str = "") -> dict[str, bool]:
        """Returns whether each component reused results."""
        self._runs += 1
        self._source.write_text(self.text)
        lookup = Lookup(source=str(self._source)).with_id("HistoryLookup")
        reader = Reader(model=lookup.outputs["model"], settings=settings).with_id("Reader")
        copies = f"{self._folder}/copies{self._runs}"
        compiled = Compiler().compile(
            tfx.dsl.Pipeline(
                "reused",
                to_local(self.root, copies),
                self._connection,
                components=[lookup, reader],
            )
        )
        with (
            log_components(),
            reuse_results(compiled, enabled=enabled, artifacts=self.root),
            stage_artifacts(copies),
        ):
            handler = Reuses()
            LOGGER.addHandler(handler)
            LOGGER.setLevel(logging.INFO)
            try:
                tfx.orchestration.LocalDagRunner().run_with_ir(compiled)
            finally:
                LOGGER.removeHandler(handler)
        shutil.rmtree(copies, ignore_errors=True)
        return handler.found

    def reuses(self, **options: object) -> bool:
        """Runs again, and returns whether the second component reuses the results."""
        found = self.run(**options)  # type: ignore[arg-type]
        assert found["HistoryLookup"] is False
        return found["Reader"]


@pytest.fixture
def local(tmp_path: Path) -> Pipelines:
    pipelines = Pipelines(tmp_path, f"{tmp_path}/artifacts")
    assert not pipelines.reuses()
    return pipelines


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server() as server, client_of(server), registered():
        boto3.client("s3").create_bucket(Bucket="reused")
        yield "reused"


def test_equal_inputs_are_equal_whoever_made_them(local: Pipelines) -> None:
    assert local.reuses()
    states = [one.last_known_state for one in local.store.get_executions()]
    assert states.count(mlmd.Execution.CACHED) == 1 and len(states) == 4
    assert len(local.store.get_artifacts()) == 1 + 2 + 1
    local.text = "Weights"
    assert not local.reuses()
    local.text = "weights"
    assert local.reuses()


def test_settings_count(local: Pipelines) -> None:
    assert not local.reuses(settings="other")
    assert local.reuses(settings="other")


def test_files_that_settings_name_count(local: Pipelines, tmp_path: Path) -> None:
    schema = tmp_path / "schema.pbtxt"
    schema.write_text("before")
    assert not local.reuses(settings=str(schema))
    assert local.reuses(settings=str(schema))
    schema.write_text("after!")
    assert not local.reuses(settings=str(schema))


def test_versions_of_packages_count(local: Pipelines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "installed_versions", lambda: "another keras")
    assert not local.reuses()


@pytest.mark.parametrize("damage", ["remove", "change", "add", "remove the folder"])
def test_results_that_are_incomplete_or_changed_are_made_again(
    local: Pipelines, tmp_path: Path, damage: str
) -> None:
    (folder,) = (tmp_path / "artifacts" / "Reader" / "copy").iterdir()
    path = folder / "deep" / "x"
    if damage == "remove":
        path.unlink()
    elif damage == "change":
        path.write_text("wEights")
    elif damage == "add":
        (folder / "y").touch()
    else:
        shutil.rmtree(folder)
    assert not local.reuses()
    assert local.reuses()


def test_results_of_another_root_are_not_reused(local: Pipelines, tmp_path: Path) -> None:
    local.root = f"{tmp_path}/moved"
    assert not local.reuses()


def test_nothing_is_reused_if_the_cache_is_off(local: Pipelines) -> None:
    assert not local.reuses(enabled=False)
    # Its results may be reused later.
    shutil.rmtree(local.root + "/Reader/copy/2")
    assert local.reuses()


def test_tfx_is_left_as_it_was(local: Pipelines) -> None:
    stock = (
        *(cache_utils.get_cache_context, cache_utils.get_cached_outputs),
        *(launcher.Launcher, launcher.DEFAULT_EXECUTOR_OPERATORS),
    )
    local.text = "Other"
    local.reuses()
    assert stock == (
        *(cache_utils.get_cache_context, cache_utils.get_cached_outputs),
        *(launcher.Launcher, launcher.DEFAULT_EXECUTOR_OPERATORS),
    )


def test_results_on_a_store_are_reused_if_no_file_is_missing(bucket: str, tmp_path: Path) -> None:
    pipelines = Pipelines(tmp_path, f"s3://{bucket}/artifacts")
    assert not pipelines.reuses()
    assert pipelines.reuses()
    files.remove(f"s3://{bucket}/artifacts/Reader/other/2/deep/x")
    assert not pipelines.reuses()
