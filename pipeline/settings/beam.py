"""Where Beam steps run."""

import json
from typing import Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings

_ADDRESS = r"[^\s:/,]+:\d{1,5}"
# These take jobs at an address.
SERVICES = ("portable", "prism", "flink", "spark")
_NEEDED = {
    "portable": ("job_endpoint",),
    "prism": ("job_endpoint",),
    "flink": ("job_endpoint", "worker_pool"),
    "spark": ("job_endpoint", "worker_pool"),
    "dataflow": ("project", "region", "temp_location", "image"),
}
# Name of the parameter of an environment that lists several pools.
POOLS = "pools"
# Otherwise Flink and Spark start a worker, which loads TensorFlow, for each stage of a job. A
# cluster that loads Beam with the job still does.
_KEPT_WORKERS = "--environment_cache_millis=10000"
# TFX packs itself for remote workers before every Beam step, unless an image is named.
_NO_PACKING = "--sdk_container_image=none"


class BeamSettings(Settings):
    """The engine of the Beam steps: ingest, statistics, transform, inference and evaluation.

    Attributes:
      engine: where Beam runs. `local` is this process, and `multiprocess` is `workers` processes on
        this machine. `portable` (the job service of Beam's Python package), `prism`, `flink` and
        `spark` take jobs at `job_endpoint`. `dataflow` is Google Cloud.
      workers: number of parallel workers; 1 for `local` and `prism`.
      job_endpoint: address of the job service, HOST:PORT.
      worker_pool: address of a worker pool with this project installed, HOST:PORT, as the engine's
        machines reach it. `portable` takes several, separated by commas, and `prism` a pool on its
        own machine. `null` runs the workers in this process; `flink` and `spark` need a pool.
      image: container image of the workers, as built from `kubeflow/Dockerfile`. For `dataflow`.
      project: Google Cloud project. For `dataflow`.
      region: Google Cloud region. For `dataflow`.
      temp_location: folder on `gs://` for temporary files. For `dataflow`.
    """

    engine: Literal["local", "multiprocess", "portable", "prism", "flink", "spark", "dataflow"] = (
        "local"
    )
    workers: int = Field(default=1, ge=1)
    job_endpoint: str | None = Field(default=None, pattern=f"^{_ADDRESS}$")
    worker_pool: str | None = Field(default=None, pattern=f"^{_ADDRESS}(,{_ADDRESS})*$")
    image: str | None = Field(default=None, min_length=1)
    project: str | None = Field(default=None, min_length=1)
    region: str | None = Field(default=None, min_length=1)
    temp_location: str | None = Field(default=None, pattern=r"^gs://[^/]")

    @model_validator(mode="after")
    def _check_engine(self) -> "BeamSettings":
        if self.engine == "local" and self.workers > 1:
            raise ValueError("workers: expected 1 for the engine local; use multiprocess")
        for name in _NEEDED.get(self.engine, ()):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: expected a value for the engine {self.engine}")
        if len(self.worker_pools) > 1 and self.engine != "portable":
            raise ValueError(
                f"worker_pool: expected one address for the engine {self.engine}; found "
                f"{len(self.worker_pools)}"
            )
        if self.engine == "prism":
            self._check_prism()
        return self

    def _check_prism(self) -> None:
        if self.workers > 1:
            raise ValueError("workers: expected 1 for the engine prism, which starts one worker")
        # Prism gives its workers `localhost` as its address.
        job_host = (self.job_endpoint or "").rpartition(":")[0]
        for pool in self.worker_pools:
            if pool.rpartition(":")[0] not in (job_host, "localhost", "127.0.0.1"):
                raise ValueError(
                    f"worker_pool: expected a pool on Prism's machine, {job_host}; found {pool}"
                )

    @property
    def worker_pools(self) -> list[str]:
        """The addresses of the worker pools."""
        return self.worker_pool.split(",") if self.worker_pool else []

    def arguments(self) -> list[str]:
        """Returns the pipeline options of Beam."""
        if self.engine in SERVICES:
            return [
                "--runner=PortableRunner",
                f"--job_endpoint={self.job_endpoint}",
                *self._environment(),
                *self._artifacts(),
                f"--parallelism={self.workers}",
                f"--sdk_worker_parallelism={self.workers}",
                *([_KEPT_WORKERS] if self.engine in ("flink", "spark") else []),
                _NO_PACKING,
            ]
        if self.engine == "dataflow":
            return [
                "--runner=DataflowRunner",
                f"--project={self.project}",
                f"--region={self.region}",
                f"--temp_location={self.temp_location}",
                f"--max_num_workers={self.workers}",
                f"--sdk_container_image={self.image}",
                # The image has the project and its dependencies.
                "--sdk_location=container",
                "--experiments=use_runner_v2",
            ]
        mode = "in_memory" if self.engine == "local" else "multi_processing"
        return [
            # Beam's default runner first looks for a binary to download, and then ignores the mode.
            "--runner=FnApiRunner",
            f"--direct_running_mode={mode}",
            f"--direct_num_workers={self.workers}",
            _NO_PACKING,
        ]

    def _environment(self) -> list[str]:
        if not self.worker_pools:
            return ["--environment_type=LOOPBACK"]
        config = self.worker_pools[0]
        if len(self.worker_pools) > 1:
            # Beam's own environments have one pool; see pipeline.compat.beam_internals.
            config = json.dumps({"url": config, "params": {POOLS: self.worker_pool}})
        return ["--environment_type=EXTERNAL", f"--environment_config={config}"]

    def _artifacts(self) -> list[str]:
        # Otherwise runs on other machines are given Prism's own `localhost`.
        return [f"--artifact_endpoint={self.job_endpoint}"] if self.engine == "prism" else []
