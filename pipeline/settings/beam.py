"""Where Beam steps run."""

from typing import Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings

_ADDRESS = r"^[^\s:/]+:\d{1,5}$"
# These take jobs at an address.
SERVICES = ("portable", "prism", "flink", "spark")
_NEEDED = {
    "portable": ("job_endpoint",),
    "prism": ("job_endpoint",),
    "flink": ("job_endpoint", "worker_pool"),
    "spark": ("job_endpoint", "worker_pool"),
    "dataflow": ("project", "region", "temp_location", "image"),
}
# TFX packs itself for remote workers before every Beam step, unless an image is named.
_NO_PACKING = "--sdk_container_image=none"


class BeamSettings(Settings):
    """The engine of the Beam steps: ingest, statistics, transform, inference and evaluation.

    Attributes:
      engine: where Beam runs. `local` is this process, and `multiprocess` is `workers` processes on
        this machine. `portable` (the job service of Beam's Python package), `prism`, `flink` and
        `spark` take jobs at `job_endpoint`. `dataflow` is Google Cloud.
      workers: number of parallel workers; 1 for `local`.
      job_endpoint: address of the job service, HOST:PORT.
      worker_pool: address of Beam's worker pool with this project installed, HOST:PORT, as the
        engine's machines reach it. `null` runs the workers in this process; `flink` and `spark`
        need a pool.
      image: container image of the workers, as built from `kubeflow/Dockerfile`. For `dataflow`.
      project: Google Cloud project. For `dataflow`.
      region: Google Cloud region. For `dataflow`.
      temp_location: folder on `gs://` for temporary files. For `dataflow`.
    """

    engine: Literal["local", "multiprocess", "portable", "prism", "flink", "spark", "dataflow"] = (
        "local"
    )
    workers: int = Field(default=1, ge=1)
    job_endpoint: str | None = Field(default=None, pattern=_ADDRESS)
    worker_pool: str | None = Field(default=None, pattern=_ADDRESS)
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
        return self

    def arguments(self) -> list[str]:
        """Returns the pipeline options of Beam."""
        if self.engine in SERVICES:
            return [
                "--runner=PortableRunner",
                f"--job_endpoint={self.job_endpoint}",
                *self._environment(),
                f"--parallelism={self.workers}",
                f"--sdk_worker_parallelism={self.workers}",
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
        if self.worker_pool is None:
            return ["--environment_type=LOOPBACK"]
        return ["--environment_type=EXTERNAL", f"--environment_config={self.worker_pool}"]
