"""Settings of a cluster, beside the pipeline's own settings."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipeline.settings.kubeflow_mounts import Secret, SecretKey, Volume
from pipeline.settings.kubeflow_placement import SecurityContext
from pipeline.settings.kubeflow_steps import StepSettings
from pipeline.settings.reserved_variables import RESERVED
from trainer.settings.base import Settings

# Where kubeflow/Dockerfile puts the curated schema.
IMAGE_SCHEMA_FILE = "/opt/utkface/schema/schema.pbtxt"

_URI = r"^(/|[a-z0-9]+://).+"
_STORE = r"^(gs|s3|minio)://[^/?#\s]+(/[^?#\s]*)?$"
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class KubeflowSettings(Settings):
    """How the pipeline runs on a cluster.

    The defaults fit a standalone installation of Kubeflow Pipelines with its own object store.

    Attributes:
      image: container image of every step. A run parameter can override it.
      pipeline_root: folder of the artifacts. A `gs://`, `s3://` or `minio://` URI.
      history: folder of the pipeline's history. `null` puts it beside the artifacts.
      serving: folder that models are pushed to: a bucket or a mounted volume. `null` puts it beside
        the artifacts.
      schema_file: path of the schema in the image, on a volume or on an object store.
      steps: resources of each step, by step name. The name `default` applies to all other steps.
      run_timeout_hours: maximum duration of a run, in hours.
      retry_wait_seconds: wait before the second attempt of a step, in seconds. It doubles with each
        further attempt.
      service_account: service account of scheduled runs. `null` uses the cluster's default.
      security_context: user and group of the steps.
      webhook: secret with the URL of the webhook. It replaces `notify.webhook`.
      env: environment variables of every step.
      secrets: Kubernetes secrets of every step.
      volumes: persistent volume claims of every step.
      image_pull_policy: when the image is pulled.
      image_pull_secrets: secrets for a private registry, by name.
      vertex_accelerator: GPU type on Vertex AI.
    """

    image: str = Field(default="utkface-tfx:0.1.0", min_length=1)
    pipeline_root: str = Field(default="minio://mlpipeline/v2/artifacts", pattern=_STORE)
    history: str | None = Field(default=None, pattern=_URI)
    serving: str | None = Field(default=None, pattern=_URI)
    schema_file: str = Field(default=IMAGE_SCHEMA_FILE, pattern=_URI)
    steps: dict[str, StepSettings] = Field(default={})
    run_timeout_hours: float = Field(default=48, gt=0)
    retry_wait_seconds: int = Field(default=30, ge=0)
    service_account: str | None = Field(default=None, min_length=1)
    security_context: SecurityContext = SecurityContext()
    webhook: SecretKey | None = None
    env: dict[str, str] = Field(default={"AWS_ENDPOINT_URL": "http://seaweedfs.kubeflow:9000"})
    secrets: tuple[Secret, ...] = (
        Secret(
            name="mlpipeline-minio-artifact",
            env={"AWS_ACCESS_KEY_ID": "accesskey", "AWS_SECRET_ACCESS_KEY": "secretkey"},
        ),
    )
    volumes: tuple[Volume, ...] = ()
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    vertex_accelerator: str = "NVIDIA_TESLA_T4"

    @field_validator("env")
    @classmethod
    def _check_names(cls, env: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in env if not re.match(_VARIABLE, name) or name in RESERVED]
        if wrong:
            raise ValueError(f"expected names of variables, other than {', '.join(RESERVED)}")
        return env

    @model_validator(mode="after")
    def _check_mounts(self) -> "KubeflowSettings":
        names = [volume.claim for volume in self.volumes]
        names += [secret.name for secret in self.secrets if secret.mount_path]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"expected each claim and secret to be mounted once; found {twice} twice"
            )
        paths = [volume.mount_path for volume in self.volumes]
        paths += [secret.mount_path for secret in self.secrets if secret.mount_path]
        shared = sorted({path for path in paths if paths.count(path) > 1})
        if shared:
            raise ValueError(f"expected one mount per folder; found several at {shared}")
        return self
