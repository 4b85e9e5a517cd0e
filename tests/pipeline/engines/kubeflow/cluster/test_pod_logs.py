"""`utkface logs --engine kubeflow`, against a stand-in for the API of Kubernetes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.pipeline.engines.kubeflow.cluster.fake_cluster import FakeCluster

pytestmark = pytest.mark.slow
RUN = "5095e002-da4d-4d39-81fb-b56c07358267"
LABELS = {"pipeline/runid": RUN}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """Pods of two runs; one pod has not started."""
    pytest.importorskip("kubernetes")
    server = FakeCluster()
    trainer = {"workflows.argoproj.io/node-name": "utkface-x.root.trainer.executor"}
    server.add_pod(
        "late", "epoch 1\nepoch \u00e9", "2026-01-01T00:02:00Z", labels=LABELS, annotations=trainer
    )
    server.add_pod("early", "listed 9\n", "2026-01-01T00:01:00Z", labels=LABELS)
    server.add_pod("waits", None, "2026-01-01T00:03:00Z", labels=LABELS)
    server.add_pod("other", "secret", "2026-01-01T00:00:00Z", labels={"pipeline/runid": "other"})
    (tmp_path / "kubeconfig").write_text(server.kubeconfig())
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "kubeconfig")
    )
    yield server
    server.shutdown()
    server.server_close()


def logs(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["logs", "--engine", "kubeflow", *arguments])


def test_logs_are_shown_in_the_order_of_pod_creation(cluster: FakeCluster) -> None:
    result = logs(RUN)
    assert result.exit_code == 0
    assert result.output == (
        "=== early: Running\nlisted 9\n"
        "=== utkface-x.root.trainer.executor: Running\nepoch 1\nepoch \u00e9\n"
        "=== waits: Pending\n(no log)\n"
    )


def test_a_run_without_pods_is_reported_with_its_namespace(cluster: FakeCluster) -> None:
    result = logs(RUN, "--namespace", "alice")
    assert result.exit_code == 1
    assert f"Expected pods of the run {RUN!r} in the namespace 'alice'" in result.output


def test_logs_without_read_permission_are_an_error(cluster: FakeCluster) -> None:
    cluster.forbidden.add("/api/v1/namespaces/kubeflow/pods/early/log")
    result = logs(RUN)
    assert result.exit_code == 1
    assert "Could not read the logs in the namespace 'kubeflow' on the cluster" in result.output
    assert "HTTP 403" in result.output
