"""Engines of Beam: their pipeline options, as Beam itself reads them, and what is refused."""

from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.transforms.environments import ExternalEnvironment

from pipeline.settings.beam import POOLS, BeamSettings
from pipeline.settings.config import ConfigError, load_config


def options(**settings: Any) -> dict[str, Any]:
    arguments = BeamSettings(**settings).arguments()
    return PipelineOptions(arguments).get_all_options(drop_default=True)


def test_local_is_one_process() -> None:
    assert options() == {"runner": "FnApiRunner", "sdk_container_image": "none"}
    assert "--direct_running_mode=in_memory" in BeamSettings().arguments()


def test_multiprocess_has_as_many_processes_as_workers() -> None:
    found = options(engine="multiprocess", workers=3)
    assert found["direct_running_mode"] == "multi_processing"
    assert found["direct_num_workers"] == 3


# Flink and Spark would start new workers, which load TensorFlow, for every stage of a job.
KEPT = {"environment_cache_millis": "10000"}


@pytest.mark.parametrize(("engine", "extra"), [("portable", {}), ("flink", KEPT), ("spark", KEPT)])
def test_a_service_takes_jobs_for_a_pool_of_workers(engine: str, extra: dict[str, str]) -> None:
    found = options(engine=engine, workers=4, job_endpoint="jobs:8099", worker_pool="pool:50000")
    assert found == {
        "runner": "PortableRunner",
        "job_endpoint": "jobs:8099",
        "environment_type": "EXTERNAL",
        "environment_config": "pool:50000",
        "parallelism": 4,
        "sdk_worker_parallelism": "4",
        "sdk_container_image": "none",
        **extra,
    }


def test_prism_takes_files_at_its_own_address() -> None:
    found = options(engine="prism", job_endpoint="jobs:8099", worker_pool="localhost:50000")
    assert found["artifact_endpoint"] == found["job_endpoint"] == "jobs:8099"


def test_portable_takes_several_pools() -> None:
    pools = "one:50000,two:50000"
    settings = {"engine": "portable", "workers": 2, "job_endpoint": "jobs:8099"}
    arguments = BeamSettings(**settings, worker_pool=pools).arguments()
    environment = ExternalEnvironment.from_options(
        PipelineOptions(arguments).view_as(PortableOptions)
    )
    assert environment.url == "one:50000"
    assert environment.params == {POOLS: pools}


@pytest.mark.parametrize("engine", ["portable", "prism"])
def test_without_a_pool_this_process_works(engine: str) -> None:
    found = options(engine=engine, job_endpoint="localhost:8099")
    assert found["environment_type"] == "LOOPBACK"


def test_dataflow_has_the_image_for_its_workers() -> None:
    found = options(
        engine="dataflow",
        workers=8,
        project="faces",
        region="europe-west4",
        temp_location="gs://faces/tmp",
        image="registry/utkface-tfx:1",
    )
    assert found["runner"] == "DataflowRunner"
    assert found["sdk_container_image"] == "registry/utkface-tfx:1"
    assert (found["sdk_location"], found["max_num_workers"]) == ("container", 8)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("beam.engine=ray", "beam.engine: "),
        ("beam.workers=2", "workers: expected 1 for the engine local; use multiprocess"),
        ("beam.engine=prism", "job_endpoint: expected a value for the engine prism"),
        ("beam={engine: prism, job_endpoint: nowhere}", "beam.job_endpoint: "),
        (
            "beam={engine: flink, job_endpoint: 'a:1'}",
            "worker_pool: expected a value for the engine flink",
        ),
        (
            "beam={engine: flink, job_endpoint: 'a:1', worker_pool: 'b:1,c:1'}",
            "worker_pool: expected one address for the engine flink; found 2",
        ),
        (
            "beam={engine: prism, job_endpoint: 'a:1', workers: 2}",
            "workers: expected 1 for the engine prism",
        ),
        (
            "beam={engine: prism, job_endpoint: 'a:1', worker_pool: 'b:1'}",
            "worker_pool: expected a pool on Prism's machine, a; found b:1",
        ),
        ("beam={engine: portable, job_endpoint: 'a:1', worker_pool: 'b:1,'}", "beam.worker_pool: "),
        ("beam={engine: dataflow, project: p}", "region: expected a value for the engine dataflow"),
    ],
)
def test_what_an_engine_lacks_is_named(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(data="/faces", overrides=[setting])
    assert message in str(error.value)


def test_raw_options_replace_those_of_the_engine() -> None:
    config = load_config(data="/faces", overrides=["beam_pipeline_args=[--runner=DirectRunner]"])
    assert config.beam_arguments() == ["--runner=DirectRunner"]
