"""Components run on local copies of artifacts, whose URIs are in the metadata."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from ml_metadata import MetadataStore
from tfx import v1 as tfx
from tfx.dsl.compiler.compiler import Compiler
from tfx.dsl.io import fileio
from tfx.orchestration import metadata
from tfx.proto.orchestration import pipeline_pb2

from pipeline.engines.local.staging import stage_artifacts
from pipeline.engines.staged_paths import to_local
from tests.object_stores import client_of, registered, s3_server

BUCKET = "staged"
ROOT = f"s3://{BUCKET}/artifacts"
Model = tfx.types.standard_artifacts.Model


@tfx.dsl.components.component
def Writer(model: tfx.dsl.components.OutputArtifact[Model]) -> None:
    """Writes a file, and its path into a property."""
    path = Path(model.uri) / "variables" / "x"
    path.parent.mkdir(parents=True)
    path.write_text("weights")
    model.set_string_custom_property("path", str(path))


@tfx.dsl.components.component
def Reader(
    model: tfx.dsl.components.InputArtifact[Model],
    copy: tfx.dsl.components.OutputArtifact[Model],
) -> None:
    """Copies the file."""
    (Path(copy.uri) / "x").write_text((Path(model.uri) / "variables" / "x").read_text())


@tfx.dsl.components.component
def Failing(copy: tfx.dsl.components.InputArtifact[Model]) -> None:
    """Names a file in an error."""
    raise ValueError(f"expected more in {copy.uri}/x")


@pytest.fixture(scope="module")
def store() -> Iterator[None]:
    with s3_server() as server, client_of(server), registered():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


@pytest.fixture
def run(store: None, tmp_path: Path):
    connection = metadata.sqlite_metadata_connection_config(f"{tmp_path}/metadata.db")

    def run(copies: Path, *, only: str = "", fail: bool = False) -> MetadataStore:
        """Runs the components, or only one of them with the artifacts of the run before."""
        writer = Writer().with_id("Writer")
        reader = Reader(model=writer.outputs["model"]).with_id("Reader")
        failing = [Failing(copy=reader.outputs["copy"])] if fail else []
        compiled = Compiler().compile(
            tfx.dsl.Pipeline(
                "staged",
                to_local(ROOT, str(copies)),
                connection,
                components=[writer, reader, *failing],
            )
        )
        options = pipeline_pb2.RunOptions()
        options.partial_run.from_nodes.extend([only] if only else [])
        options.partial_run.snapshot_settings.latest_pipeline_run_strategy.SetInParent()
        with stage_artifacts(str(copies)):
            tfx.orchestration.LocalDagRunner().run_with_ir(compiled, options if only else None)
        return MetadataStore(connection)

    return run


def test_outputs_are_uploaded_and_the_metadata_has_their_uris(run, tmp_path: Path) -> None:
    found = {artifact.uri: artifact for artifact in run(tmp_path / "copies").get_artifacts()}
    model, copy = sorted(found, reverse=True)
    assert model.startswith(f"{ROOT}/Writer/model/") and copy.startswith(f"{ROOT}/Reader/copy/")
    for path in (f"{model}/variables/x", f"{copy}/x"):
        with fileio.open(path) as file:
            assert file.read() == "weights"
    assert found[model].custom_properties["path"].string_value == f"{model}/variables/x"


def test_inputs_of_an_earlier_run_are_fetched(run, tmp_path: Path) -> None:
    before = {artifact.id for artifact in run(tmp_path / "first").get_artifacts()}
    artifacts = run(tmp_path / "second", only="Reader").get_artifacts()
    (copy,) = [artifact.uri for artifact in artifacts if artifact.id not in before]
    with fileio.open(f"{copy}/x") as file:
        assert file.read() == "weights"


def test_nothing_of_a_failed_component_is_uploaded(run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"expected more in {tmp_path}/copies/s3/{BUCKET}/"):
        run(tmp_path / "copies", fail=True)
    assert not fileio.exists(f"{ROOT}/Failing")
