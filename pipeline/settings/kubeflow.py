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

    The defaults are those of a standalone installation of Kubeflow Pipelines, with its
    own object store for everything.

    Attributes:
      image: what each step runs in; a run can name another.
      pipeline_root: where the artifacts go: gs://, s3:// or minio://.
      history: the folder of the pipeline's history; beside the artifacts unless named.
      serving: the folder that models are pushed to: a bucket or a mounted volume; beside
        the artifacts unless named.
      schema_file: the schema's path inside the image, on a volume or on an object store.
      steps: what each step asks for, by its name; `default` holds for all others.
      run_timeout_hours: when a run is stopped.
      retry_wait_seconds: before a step's second attempt; it doubles with each further attempt.
      service_account: of the steps of scheduled runs; the cluster's default unless named.
      security_context: who the steps run as.
      webhook: the secret with the URL that `notify.webhook` has on one machine.
      env: environment variables of every step.
      secrets: secrets of every step.
      volumes: volumes of every step.
      image_pull_policy: when the image is fetched.
      image_pull_secrets: names of the secrets for a private registry.
      vertex_accelerator: Vertex AI's name for the GPU.
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
    def _names_of_variables(cls, env: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in env if not re.match(_VARIABLE, name) or name in RESERVED]
        if wrong:
            raise ValueError(f"expected names of variables, other than {', '.join(RESERVED)}")
        return env

    @model_validator(mode="after")
    def _mounted_once(self) -> "KubeflowSettings":
        names = [volume.claim for volume in self.volumes]
        names += [secret.name for secret in self.secrets if secret.mount_path]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each claim and secret to be mounted once; {twice} are not")
        paths = [volume.mount_path for volume in self.volumes]
        paths += [secret.mount_path for secret in self.secrets if secret.mount_path]
        shared = sorted({path for path in paths if paths.count(path) > 1})
        if shared:
            raise ValueError(f"expected one mount a folder; {shared} have more")
        return self
