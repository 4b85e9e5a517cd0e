"""`utkface run` on a real S3 store, if there is one."""

import json
import os
import uuid
from pathlib import Path

import boto3
import pytest
from tfx.dsl.io import fileio

from pipeline.tools.sample import write_samples
from tests.e2e.test_object_store import SHORT, Command, upload
from tests.lanes import only_in
from tests.object_stores import registered

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "runs on an object store are tested"),
]
ENDPOINT_VARIABLE = "UTKFACE_S3_ENDPOINT"


def test_a_real_store_holds_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = os.environ.get(ENDPOINT_VARIABLE)
    if not endpoint:
        pytest.skip(
            f"a real S3 store is absent: {ENDPOINT_VARIABLE} names no endpoint. Its keys are read "
            "from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    environment = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    bucket = f"utkface-{uuid.uuid4().hex[:12]}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    write_samples(tmp_path / "faces", count=120, seed=11)
    upload(tmp_path / "faces", bucket)
    command, root = Command(environment, tmp_path), tmp_path / "root"
    settings = {"data": f"s3://{bucket}/faces", "root": str(root), "artifacts": f"s3://{bucket}/a"}
    command.run(**settings, trainer=SHORT)
    command.run(**settings, trainer={**SHORT, "warm_start": "latest"})
    report = json.loads((max((root / "runs").iterdir()) / "reports/report.json").read_text())
    assert report["verdict"]["blessed_before"] and report["no_warm_start"] == ""
    predicted = command("predict", tmp_path / "faces", "--root", root)
    assert f"model {report['pushed_to']}\n" in predicted.stdout, predicted.stderr
    with registered():
        fileio.rmtree(f"s3://{bucket}")
