"""Removes what a killed or stopped run leaves among the artifacts."""

import logging
from collections.abc import Iterable

from components.storage import files
from pipeline.root.metadata_store import UnfinishedExecution

# TFX's folder for temporary files in the folder of each component.
_TEMPORARY = ".system"


def remove_leftovers(artifacts: str, unfinished: Iterable[UnfinishedExecution]) -> None:
    """Removes TFX's temporary files, and the outputs of executions that did not finish.

    Call this while the root is locked, so no run is in progress.

    Args:
      artifacts: the folder of the artifacts, COMPONENT/OUTPUT/EXECUTION/.
      unfinished: the executions whose outputs are incomplete.
    """
    if not files.isdir(artifacts):
        return
    for execution in unfinished:
        component = f"{artifacts}/{execution.component}"
        for output in files.listdir(component) if files.isdir(component) else ():
            _remove(f"{component}/{output}/{execution.number}")
    if not files.is_remote(artifacts):  # these files are never uploaded
        for component in files.listdir(artifacts):
            _remove(f"{artifacts}/{component}/{_TEMPORARY}")


def _remove(folder: str) -> None:
    if files.exists(folder):
        logging.info("Removing %s, which an earlier step left behind.", folder)
        files.rmtree(folder)
