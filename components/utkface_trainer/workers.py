"""The entry point of the Trainer component with several workers in TF_CONFIG."""

from tfx.components.trainer.fn_args_utils import FnArgs

from trainer.workers import chief

# A new process knows object stores only after this.
PREPARE = "components.storage.object_store:register"


def run_fn(fn_args: FnArgs) -> None:
    """Trains together with the other workers; see trainer.workers.chief.run_fn."""
    chief.run_fn(fn_args, prepare=PREPARE)
