"""Settings of the secrets and the volumes that the steps see."""

import re

from pydantic import Field, field_validator, model_validator

from trainer.settings.base import Settings

_ABSOLUTE = r"^/"
# The backend names a volume after it, and names of volumes have no dots.
_VOLUME_NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
# Folders of the launcher's copies.
_STAGING = ("/gcs", "/s3", "/minio")


class Secret(Settings):
    """A Kubernetes secret, as environment variables, as files, or both.

    Attributes:
      name: name of the secret.
      env: key in the secret for each environment variable.
      mount_path: folder in which the keys appear as files.
    """

    name: str = Field(min_length=1)
    env: dict[str, str] = Field(default={})
    mount_path: str | None = Field(default=None, pattern=_ABSOLUTE)

    @model_validator(mode="after")
    def _check_use(self) -> "Secret":
        if not self.env and self.mount_path is None:
            raise ValueError("expected `env`, `mount_path` or both")
        if self.mount_path and not re.match(_VOLUME_NAME, self.name):
            raise ValueError("expected a name without dots, because it also names the volume")
        return self


class SecretKey(Settings):
    """A key of a Kubernetes secret.

    Attributes:
      name: name of the secret.
      key: key in the secret.
    """

    name: str = Field(min_length=1)
    key: str = Field(min_length=1)


class Volume(Settings):
    """A persistent volume claim that every step mounts.

    Attributes:
      claim: name of an existing claim.
      mount_path: folder at which the steps see the volume.
      sub_path: folder of the volume to mount. Empty mounts its root. Kubeflow Pipelines 2.16 and
        later.
    """

    claim: str = Field(pattern=_VOLUME_NAME)
    mount_path: str = Field(pattern=_ABSOLUTE)
    sub_path: str = ""

    @field_validator("sub_path")
    @classmethod
    def _check_sub_path(cls, path: str) -> str:
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(
                "expected a path inside the volume, without a leading / and without .."
            )
        return path

    @field_validator("mount_path")
    @classmethod
    def _check_mount_path(cls, path: str) -> str:
        if f"{path}/".startswith(tuple(f"{folder}/" for folder in _STAGING)):
            raise ValueError(f"expected a folder outside {', '.join(_STAGING)}")
        return path.rstrip("/") or "/"
