"""Settings of the nodes that a step may run on; the fields are Kubernetes's own."""

from typing import Literal

from pydantic import Field, model_validator

from trainer.settings.base import Settings


class Toleration(Settings):
    """A node taint that the step tolerates, with Kubernetes's own fields.

    Attributes:
      key: key of the taint.
      operator: whether the value must match.
      value: value of the taint.
      effect: effect of the taint. Empty matches every effect.
    """

    key: str = ""
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


class Requirement(Settings):
    """A requirement on a node label.

    Attributes:
      key: key of the label.
      operator: comparison with `values`.
      values: values of the label. Empty with `Exists` and `DoesNotExist`.
    """

    key: str = Field(min_length=1)
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_values(self) -> "Requirement":
        if bool(self.values) == (self.operator in ("Exists", "DoesNotExist")):
            raise ValueError("expected values with In, NotIn, Gt and Lt only")
        return self


class NodeAffinity(Settings):
    """A kind of node that the step needs or prefers.

    Attributes:
      match_expressions: requirements on the node's labels, all of which must hold.
      weight: weight of a preference. `null` makes it a requirement.
    """

    match_expressions: tuple[Requirement, ...] = Field(min_length=1)
    weight: int | None = Field(default=None, ge=1, le=100)


class SecurityContext(Settings):
    """User and group of the steps; `null` uses those of the image. Pipelines 2.16 and later.

    Attributes:
      run_as_user: user id. The image has 1000.
      run_as_group: group id. The image has 0.
      run_as_non_root: refuse to start as root.
    """

    run_as_user: int | None = Field(default=None, ge=0)
    run_as_group: int | None = Field(default=None, ge=0)
    run_as_non_root: bool | None = None
