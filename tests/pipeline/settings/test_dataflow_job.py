"""Dataflow's job of the ingest, as Beam would send it: nothing here reaches Google Cloud."""

import json
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
from apache_beam.runners.dataflow.internal import apiclient
from apache_beam.transforms.environments import DockerEnvironment, python_sdk_dependencies

from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.transform import Ingest
from pipeline.settings.beam import BeamSettings

IMAGE = "registry/utkface-tfx-beam:1"
SETTINGS = BeamSettings(
    engine="dataflow",
    workers=8,
    project="faces-of-many",
    region="europe-west4",
    temp_location="gs://faces/tmp",
    image=IMAGE,
)
PLAN = IngestPlan.of(IngestSettings(), {"train": 70, "eval": 10, "test": 20})


@pytest.fixture(autouse=True)
def _no_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beam asks the bucket whether it keeps deleted files, and the machine for credentials."""
    name = "_warn_if_soft_delete_policy_enabled"
    monkeypatch.setattr(GoogleCloudOptions, name, lambda *_: None)


def errors(arguments: list[str]) -> list[str]:
    found: list[str] = PipelineOptionsValidator(
        PipelineOptions(arguments), DataflowRunner()
    ).validate()
    return found


def test_beam_finds_no_fault_with_the_options() -> None:
    assert errors(SETTINGS.arguments()) == []


@pytest.mark.parametrize("name", ["project", "temp_location"])
def test_beam_misses_an_option_that_the_settings_require(name: str) -> None:
    without = [one for one in SETTINGS.arguments() if not one.startswith(f"--{name}=")]
    # Without a temporary folder, Beam would create a bucket.
    without.append("--dataflow_kms_key=key")
    assert any(name in error for error in errors(without))


def job_file() -> dict[str, Any]:
    """Returns the job of the ingest, as --dataflow_job_file would write it."""
    options = PipelineOptions([*SETTINGS.arguments(), "--job_name=faces"])
    options.view_as(GoogleCloudOptions).staging_location = "gs://faces/staging"
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    pipeline | Ingest(PLAN, [], ledger_uri="gs://faces/ledger", split_uris={})
    image = apiclient.get_container_image_from_options(options)
    environment = DockerEnvironment.from_container_image(
        image, artifacts=python_sdk_dependencies(options)
    )
    proto = pipeline.to_runner_api(default_environment=environment)
    job = apiclient.Job(options, proto)
    job.proto.environment = apiclient.Environment(
        proto_pipeline_staged_url="gs://faces/staging/pipeline.pb",
        packages=[],
        options=options,
        environment_version="10",
        proto_pipeline=proto,
    ).proto
    found: dict[str, Any] = json.loads(job.json())
    return found


def test_the_job_runs_in_the_image_of_the_settings() -> None:
    job = job_file()
    assert job["name"] == "faces"
    (pool,) = job["environment"]["workerPools"]
    images = {one["containerImage"] for one in pool["sdkHarnessContainerImages"]}
    assert images == {IMAGE}
    assert pool["autoscalingSettings"]["maxNumWorkers"] == 8
    assert "faces/tmp" in job["environment"]["tempStoragePrefix"]
