"""The manifests for Flink and the image for Dataflow agree with the settings and the lock."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from apache_beam.options.pipeline_options import FlinkRunnerOptions

from pipeline.settings.beam import BeamSettings
from pipeline.settings.config import load_config
from pipeline.settings.kubeflow import KubeflowSettings
from tests.kubeflow.test_manifests import as_model

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "kubeflow"
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements" / "current.txt").read_text(encoding="utf-8")
BEAM = re.search(r"^apache-beam\S*==([\d.]+)", LOCK, re.M)[1]


def documents(name: str) -> list[dict[str, Any]]:
    return [*yaml.safe_load_all((FOLDER / "flink" / name).read_text(encoding="utf-8"))]


@pytest.fixture
def settings(tmp_path: Path) -> BeamSettings:
    """The settings that the page gives for these manifests."""
    (block,) = re.findall(r"```yaml\n(beam:\n  engine: flink\n.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "settings.yaml"
    path.write_text(block, encoding="utf-8")
    return load_config(str(path), data="/data").beam


@pytest.fixture
def cluster() -> dict[str, Any]:
    (found,) = documents("cluster.yaml")
    return found


def test_the_pool_beside_each_task_manager_is_the_pool_of_the_settings(
    settings: BeamSettings, cluster: dict[str, Any]
) -> None:
    spec = cluster["spec"]["taskManager"]["podTemplate"]["spec"]
    main, pool = spec["containers"]
    # The operator merges this container with its own, by name.
    assert main["name"] == "flink-main-container"
    (port,) = pool["ports"]
    assert settings.worker_pool == f"localhost:{port['containerPort']}"
    assert pool["command"][:2] == ["python", "-m"]
    assert pool["command"][3] == f"--port={port['containerPort']}"
    assert (ROOT / (pool["command"][2].replace(".", "/") + ".py")).is_file()
    assert pool["image"] == KubeflowSettings().image
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {**spec, "containers": [pool]}}
    as_model(pod, "V1Pod")
    claim = yaml.safe_load((FOLDER / "manifests" / "data-claim.yaml").read_text(encoding="utf-8"))
    (volume,) = spec["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_the_cluster_has_the_slots_that_the_settings_ask_for(
    settings: BeamSettings, cluster: dict[str, Any]
) -> None:
    spec = cluster["spec"]
    slots = int(spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])
    assert slots * spec["taskManager"]["replicas"] == settings.workers


def test_the_job_server_is_the_job_service_of_the_settings(
    settings: BeamSettings, cluster: dict[str, Any]
) -> None:
    deployment, service = documents("job-server.yaml")
    as_model(deployment, "V1Deployment")
    as_model(service, "V1Service")
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    assert settings.job_endpoint == f"{service['metadata']['name']}:{ports['jobs']}"
    template = deployment["spec"]["template"]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    (server,) = template["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in server["ports"]} == ports
    arguments = dict(one.removeprefix("--").split("=") for one in server["args"])
    assert (int(arguments["job-port"]), int(arguments["artifact-port"])) == (8099, 8098)
    # The operator names the service of a cluster so.
    assert arguments["flink-master"] == f"{cluster['metadata']['name']}-rest:8081"


def test_the_versions_are_those_of_beam_and_flink(cluster: dict[str, Any]) -> None:
    deployment, _ = documents("job-server.yaml")
    (server,) = deployment["spec"]["template"]["spec"]["containers"]
    flink, beam = re.fullmatch(
        r"apache/beam_flink([\d.]+)_job_server:([\d.]+)", server["image"]
    ).groups()
    assert beam == BEAM
    assert cluster["spec"]["flinkVersion"] == f"v{flink.replace('.', '_')}"
    assert cluster["spec"]["image"].startswith(f"flink:{flink}-")
    assert flink in FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS


def test_the_image_for_dataflow_has_the_start_program_of_its_own_beam_and_python() -> None:
    text = (FOLDER / "beam-sdk.Dockerfile").read_text(encoding="utf-8")
    python, beam = re.search(r"^FROM apache/beam_python([\d.]+)_sdk:(\S+) AS", text, re.M).groups()
    image = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert f"FROM python:{python}-" in image
    assert beam == BEAM
    assert f"ARG IMAGE={KubeflowSettings().image}\n" in text
