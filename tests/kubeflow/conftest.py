"""A stand-in for a cluster: its backend and its object store."""

import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.kubeflow.open_backend import OpenBackend


@pytest.fixture(scope="session")
def open_backend(tmp_path_factory: pytest.TempPathFactory) -> OpenBackend:
    folder = tmp_path_factory.mktemp("open_backend")
    secrets = {"mlpipeline-minio-artifact": {"accesskey": "minio", "secretkey": "minio123"}}
    return OpenBackend(folder / "bucket", folder / "work", secrets)


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """The cluster's own object store, as the steps reach it, over HTTP."""
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
    # What another server of this process was given would be there as well.
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    client.create_bucket(Bucket="mlpipeline")
    yield client
    server.stop()
