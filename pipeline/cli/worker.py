"""`utkface worker`: takes part in the training of a run."""

from pathlib import Path

from pipeline.cli.commands import command
from pipeline.cli.options import root_option
from pipeline.engines.local.workers import work


@command()
@root_option
def worker(root: Path) -> None:
    """Take part in the training of a run on another machine.

    The environment variable TF_CONFIG names all workers. The first one, the
    chief, runs `utkface run`; start this command on each of the others, with
    the same root. It waits for the next training, joins it again after a
    loss, and ends with it.
    """
    work(root)
