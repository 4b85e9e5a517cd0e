"""Removes what a killed, stopped or failed run leaves among the artifacts and in the history."""

import logging
from collections.abc import Iterable

from components.history.registry import History
from components.storage import files
from pipeline.root.metadata_store import UnfinishedExecution
from pipeline.root.storage import RootStorage

# TFX's folder for temporary files in the folder of each component.
_TEMPORARY = ".system"
# A run records one entry of a kind, and the next run removes what it left. On a store, looking at
# every entry would take a request each.
_NEWEST = 3


def remove_leftovers(storage: RootStorage, unfinished: Iterable[UnfinishedExecution]) -> None:
    """Removes temporary files of TFX, outputs of unfinished executions, and incomplete entries.

    Call this while the root is locked, so no run is in progress.

    Args:
      storage: the folders of the root; the artifacts are in COMPONENT/OUTPUT/EXECUTION/.
      unfinished: the executions whose outputs are incomplete.
    """
    for entry in History(storage.history).incomplete(newest=_NEWEST):
        _remove(entry)
    artifacts = storage.artifacts
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
