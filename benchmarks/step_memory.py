"""Measures the peak memory of each step on Kubeflow, on the tests' stand-in for a cluster.

    python benchmarks/step_memory.py --data crop_part1.tar.gz

The training has one epoch, because memory does not grow with the epochs.
"""

import argparse
import sys
import tempfile
import types
from pathlib import Path

import boto3
import yaml
from moto.server import ThreadedMotoServer
from rich.console import Console
from rich.table import Table

from pipeline.engines.kubeflow.cluster.demands import read_demands
from pipeline.engines.kubeflow.compiling.runner import compile_pipeline
from pipeline.settings.config import PipelineConfig, load_config

_KEYS = {"accesskey": "minio", "secretkey": "minio123"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    arguments = parser.parse_args()
    # `tests` is not a package, so an installed package of that name would be imported instead.
    tests = types.ModuleType("tests")
    tests.__path__ = [str(Path(__file__).parents[1] / "tests")]
    sys.modules["tests"] = tests
    from tests.kubeflow.open_backend import OpenBackend

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with tempfile.TemporaryDirectory() as folder:
        boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="minio",
            aws_secret_access_key="minio123",
            region_name="us-east-1",
        ).create_bucket(Bucket="mlpipeline")
        package = Path(folder, "pipeline.yaml")
        config = load_config(
            data=arguments.data,
            overrides=[
                "trainer.epochs=1",
                f"kubeflow.schema_file={PipelineConfig(data=('unused',)).schema_file}",
                f"kubeflow.env={{AWS_ENDPOINT_URL: 'http://{host}:{port}'}}",
                *arguments.overrides,
            ],
        )
        compile_pipeline(config, package)
        backend = OpenBackend(
            Path(folder, "bucket"), Path(folder, "work"), {"mlpipeline-minio-artifact": _KEYS}
        )
        backend.run(package, {})
        asked = {
            one.step: one.memory / 10**9
            for one in read_demands(*yaml.safe_load_all(package.read_text(encoding="utf-8")))
        }
    table = Table("step", "most, GB", "asks for, GB")
    for step, most in sorted(backend.peaks.items(), key=lambda item: -item[1]):
        table.add_row(step, f"{most / 10**9:.2f}", f"{asked[step]:g}")
    Console().print(table)
    server.stop()


if __name__ == "__main__":
    main()
