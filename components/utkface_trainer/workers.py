"""The entry point of the Trainer component with several workers in TF_CONFIG."""

from tfx import v1 as tfx

from trainer.workers import chief

# A new process knows object stores only after this.
PREPARE = "components.storage.object_store:register"


def run_fn(fn_args: tfx.components.FnArgs) -> None:
    """Trains together with the other workers; see trainer.workers.chief.run_fn."""
    chief.run_fn(fn_args, prepare=PREPARE)
