"""What a cluster is told beside the pipeline's own settings."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipeline.kubeflow.staging import STAGING_VARIABLE
from pipeline.settings import Settings

# Where kubeflow/Dockerfile puts the curated schema.
IMAGE_SCHEMA_FILE = "/opt/utkface/schema/schema.pbtxt"

_ABSOLUTE = r"^/"
# The backend makes a volume of it, whose name may hold no dot.
_VOLUME_NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
_URI = r"^(/|[a-z0-9]+://).+"
_STORE = r"^(gs|s3|minio)://[^/?#\s]+(/[^?#\s]*)?$"
# The launcher keeps its copies there.
_STAGING = ("/gcs", "/s3", "/minio")
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class TrainerResources(Settings):
    """What the training step asks of its node.

    Attributes:
      cpu: cores, as a limit.
      memory_gb: gigabytes (10^9 bytes), as a limit.
      gpus: how many of `accelerator`.
      accelerator: the name the cluster has for its GPUs.
    """

    cpu: float = Field(default=4, gt=0)
    memory_gb: float = Field(default=16, gt=0)
    gpus: int = Field(default=1, ge=0)
    accelerator: str = "nvidia.com/gpu"


class Secret(Settings):
    """A Kubernetes secret that the steps see, as variables or as files.

    Attributes:
      name: of the secret.
      env: the key in the secret by the name of the environment variable.
      mount_path: the folder in which its keys lie as files.
    """

    name: str = Field(min_length=1)
    env: dict[str, str] = Field(default={})
    mount_path: str | None = Field(default=None, pattern=_ABSOLUTE)

    @model_validator(mode="after")
    def _used(self) -> "Secret":
        if not self.env and self.mount_path is None:
            raise ValueError("expected `env`, `mount_path` or both")
        if self.mount_path and not re.match(_VOLUME_NAME, self.name):
            raise ValueError("expected a name without dots, for it names the volume as well")
        return self


class Volume(Settings):
    """A persistent volume claim that the steps mount.

    Attributes:
      claim: the name of the claim, which must exist.
      mount_path: the folder at which the steps see it.
    """

    claim: str = Field(pattern=_VOLUME_NAME)
    mount_path: str = Field(pattern=_ABSOLUTE)

    @field_validator("mount_path")
    @classmethod
    def _beside_the_staging(cls, path: str) -> str:
        if f"{path}/".startswith(tuple(f"{folder}/" for folder in _STAGING)):
            raise ValueError(f"expected a folder outside {', '.join(_STAGING)}")
        return path.rstrip("/") or "/"


class Toleration(Settings):
    """A taint that the training step puts up with; the fields are Kubernetes's own."""

    key: str = ""
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


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
      trainer: the resources of the training step.
      node_selector: labels of the nodes that may train.
      tolerations: taints of the nodes that may train.
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
    trainer: TrainerResources = TrainerResources()
    node_selector: dict[str, str] = Field(default={})
    tolerations: tuple[Toleration, ...] = ()
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
        wrong = [name for name in env if not re.match(_VARIABLE, name) or name == STAGING_VARIABLE]
        if wrong:
            raise ValueError(f"expected names of variables, other than {STAGING_VARIABLE}")
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
