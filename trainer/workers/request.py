"""What the chief of a training tells the other workers, in a file beside the checkpoints."""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Functions load TFX: the output of a new process is redirected first.
    from tfx.components.trainer.fn_args_utils import FnArgs

# The arguments of trainer.run_fn; the others cannot be written as JSON.
_FIELDS = (
    *("train_files", "eval_files", "transform_graph_path"),
    *("serving_model_dir", "model_run_dir", "custom_config"),
)
_FILE = "request.json"


@dataclass(frozen=True)
class Request:
    """An attempt at a training.

    Attributes:
      attempt: unique; a training whose workers were lost is attempted again.
      arguments: arguments of trainer.run_fn, in JSON types.
    """

    attempt: str
    arguments: dict[str, Any]

    @classmethod
    def of(cls, fn_args: "FnArgs") -> "Request":
        """Returns a new attempt."""
        return cls(secrets.token_hex(8), {name: getattr(fn_args, name) for name in _FIELDS})

    def fn_args(self) -> "FnArgs":
        """Returns the arguments of trainer.run_fn."""
        from tfx.components.trainer.fn_args_utils import FnArgs

        return FnArgs(**self.arguments)

    def write(self, folder: str) -> None:
        """Replaces the request in a folder that all workers see."""
        from tfx.dsl.io import fileio

        fileio.makedirs(folder)
        part = f"{folder}/{_FILE}.part"
        with fileio.open(part, "w") as file:
            file.write(json.dumps(asdict(self), indent=2) + "\n")
        fileio.rename(part, f"{folder}/{_FILE}", overwrite=True)


def read_request(folder: str) -> Request | None:
    """Returns the request in a folder; None if there is none."""
    from tfx.dsl.io import fileio

    path = f"{folder}/{_FILE}"
    if not fileio.exists(path):
        return None
    with fileio.open(path, "r") as file:
        return Request(**json.loads(file.read()))


def remove_request(folder: str) -> None:
    """Removes the request, if there is one."""
    from tfx.dsl.io import fileio

    if fileio.exists(f"{folder}/{_FILE}"):
        fileio.remove(f"{folder}/{_FILE}")
