"""A stand-in for a cluster: its API server, its backend, its object store and its webhook."""

import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.kubeflow.cluster import Cluster
from tests.kubeflow.open_backend import OpenBackend
from tests.pipeline.engines.kubeflow.stand_in import StandIn
from tests.pipeline.engines.kubeflow.stand_in_api import MemoryApi
from tests.webhooks import Receiver, receiving


@pytest.fixture(scope="module")
def notified() -> Iterator[Receiver]:
    """The server that receives the webhook's notifications."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def cluster(notified: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    secrets = {
        "mlpipeline-minio-artifact": {"accesskey": "minio", "secretkey": "minio123"},
        "utkface-webhook": {"url": notified.url},
    }
    server = StandIn(MemoryApi())
    yield Cluster(server, OpenBackend(folder / "bucket", folder / "work", secrets))
    server.close()


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """The cluster's object store, which the steps reach over HTTP."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="minio",
        aws_secret_access_key="minio123",
        region_name="us-east-1",
    )
    # Servers in one process share their contents, so this one is reset.
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    client.create_bucket(Bucket="mlpipeline")
    yield client
    server.stop()
