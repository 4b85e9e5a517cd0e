"""Executions whose end the metadata does not record."""

import logging

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

_UNFINISHED = (mlmd.Execution.NEW, mlmd.Execution.RUNNING)


def cancel_unfinished(store: MetadataStore) -> None:
    """Marks executions that are still recorded as running as canceled.

    TFX records the end of an execution unless the process is stopped or killed. Call this only
    while no execution can be running: the lock on a root lets one run use its store.
    """
    found = [one for one in store.get_executions() if one.last_known_state in _UNFINISHED]
    for execution in found:
        logging.info("Execution %d did not finish; it is marked as canceled.", execution.id)
        execution.last_known_state = mlmd.Execution.CANCELED
    if found:
        store.put_executions(found)
