"""`utkface kubeflow check`, against a stand-in for the API of Kubernetes."""

import base64
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.pipeline.engines.kubeflow.cluster.fake_cluster import FakeCluster

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A cluster with everything that the settings below need."""
    pytest.importorskip("kubernetes")
    server = FakeCluster()
    keys = {"accesskey": "minio", "secretkey": "minio123"}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in keys.items()}
    server.add("secrets", "mlpipeline-minio-artifact", data=data)
    server.add("persistentvolumeclaims", "faces", status={"phase": "Bound"})
    server.add("serviceaccounts", "trainer")
    server.add_node("cpu", cpu="3920m", memory="15Gi")
    server.add_node(
        "gpu",
        labels={"pool": "gpu"},
        taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
        cpu="8",
        memory="32Gi",
        **{"nvidia.com__gpu": "1"},
    )
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def check(cluster, tmp_path, monkeypatch):
    """Runs the command with settings that the cluster satisfies."""

    def run(*overrides: str, server: str = "") -> Result:
        (tmp_path / "kubeconfig").write_text(cluster.kubeconfig(server))
        settings = (
            "kubeflow.volumes=[{claim: faces, mount_path: /data}]",
            "kubeflow.service_account=trainer",
            "kubeflow.steps.Trainer={node_selector: {pool: gpu}, "
            "tolerations: [{key: gpu, operator: Exists}]}",
            *overrides,
        )
        words = [word for one in settings for word in ("--set", one)]
        monkeypatch.setattr(
            "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION",
            str(tmp_path / "kubeconfig"),
        )
        return CliRunner().invoke(main, ["kubeflow", "check", "--data", "/data/faces", *words])

    return run


def test_a_cluster_with_all_resources_is_reported_as_complete(check):
    ended = check()
    assert ended.exit_code == 0, ended.output
    assert ended.stdout == ("the cluster of kubectl's context 'here' has what the 24 steps need\n")


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "kubeflow.secrets=[{name: other, env: {A: a}}]",
            "missing  secret other: expected it in namespace kubeflow; it is not there. Create it",
        ),
        (
            "kubeflow.secrets=[{name: mlpipeline-minio-artifact, env: {A: key}}]",
            "missing  secret mlpipeline-minio-artifact: expected the key key in namespace "
            "kubeflow; found accesskey, secretkey",
        ),
        (
            "kubeflow.webhook={name: hook, key: url}",
            "missing  secret hook: expected it in namespace kubeflow; it is not there. Create it",
        ),
        (
            "kubeflow.volumes=[{claim: cats, mount_path: /data}]",
            "missing  volume claim cats: expected it in namespace kubeflow; it is not there. "
            "Create it",
        ),
        (
            "kubeflow.service_account=nobody",
            "missing  service account nobody: expected it in namespace kubeflow; it is not there. "
            "Create it",
        ),
        (
            "kubeflow.steps.Transform={memory_gb: 64}",
            "missing  Transform: expected a node with 2 cpu, 64 GB of memory; no node has all of "
            "it: the most of each is 3.92 cpu, 16.11 GB of memory. Lower kubeflow.steps.Transform, "
            "or add a node",
        ),
        (
            "kubeflow.steps.Trainer={node_selector: {pool: gpu}}",
            "missing  Trainer: expected a node with 4 cpu, 16 GB of memory, 1 nvidia.com/gpu; the "
            "nodes that could be are tainted with gpu. Add kubeflow.steps.Trainer.tolerations",
        ),
        (
            "kubeflow.steps.Pusher={node_selector: {pool: none}}",
            "missing  Pusher: expected a node with 1 cpu, 2 GB of memory, and the labels "
            "pool=none; found no node with these labels",
        ),
    ],
)
def test_a_missing_resource_is_named_with_a_remedy(check, override, line):
    ended = check(override)
    assert ended.exit_code == 1
    assert ended.stdout.splitlines() == [line]
    assert ended.stderr == (
        "Error: the cluster of kubectl's context 'here' lacks what a run needs: 1 of the above\n"
    )


def test_a_resource_without_read_permission_is_unknown(check, cluster):
    cluster.forbidden = {"/api/v1/nodes", "/api/v1/namespaces/kubeflow/serviceaccounts/trainer"}
    ended = check()
    assert ended.exit_code == 0
    assert ended.stdout.splitlines()[:2] == [
        "unknown  service account trainer: you may not read it, so that it is unchecked",
        "unknown  nodes: you may not list them, so that resources are unchecked",
    ]


def test_an_unreachable_cluster_is_reported_in_one_line(check):
    ended = check(server="http://127.0.0.1:9")
    assert ended.exit_code == 1
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(
        "Error: Could not reach the cluster of kubectl's context 'here' on http://127.0.0.1:9: "
        "nothing answers there"
    )


def test_a_missing_kubectl_context_is_reported(monkeypatch, tmp_path):
    pytest.importorskip("kubernetes")
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none")
    )
    ended = CliRunner().invoke(main, ["kubeflow", "check", "--data", "/data/faces"])
    assert ended.exit_code == 1
    assert "Expected a cluster in kubectl's settings" in ended.stderr
