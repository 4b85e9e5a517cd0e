"""Settings of the nodes that a step may run on; the fields are Kubernetes's own."""

from typing import Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings


class Toleration(Settings):
    """A taint that a step tolerates."""

    key: str = ""
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


class Requirement(Settings):
    """What a label of a node must be."""

    key: str = Field(min_length=1)
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _values_fit(self) -> "Requirement":
        if bool(self.values) == (self.operator in ("Exists", "DoesNotExist")):
            raise ValueError("expected values with In, NotIn, Gt and Lt, and with no other")
        return self


class NodeAffinity(Settings):
    """A kind of node that a step wants.

    Attributes:
      match_expressions: what its labels must be, all of them.
      weight: 1 to 100 makes a preference of it; None a requirement.
    """

    match_expressions: tuple[Requirement, ...] = Field(min_length=1)
    weight: int | None = Field(default=None, ge=1, le=100)


class SecurityContext(Settings):
    """Who the steps run as; None leaves it to the image. Kubeflow Pipelines 2.16 and later.

    Attributes:
      run_as_user, run_as_group: numbers; the image's are 1000 and 0.
      run_as_non_root: refuses to start as root.
    """

    run_as_user: int | None = Field(default=None, ge=0)
    run_as_group: int | None = Field(default=None, ge=0)
    run_as_non_root: bool | None = None
