"""Blessed models in the history that no later run needs."""

import itertools

from components.history.registry import BLESSED_MODEL, History
from components.history.served_entry import find_served_entry, unserved_entries
from components.serving.folder import ServingFolder
from pipeline.root.storage import RootStorage


def old_models(storage: RootStorage, keep: int) -> list[str]:
    """Returns the folders of blessed models that can neither be served nor compared with.

    The model and its training state are most of what a retraining adds to a root.

    Args:
      storage: the folders of the root.
      keep: number of the newest blessed models to keep.

    Raises:
      InputError: if another release wrote an entry, or an entry is damaged.
    """
    history, serving = History(storage.history), ServingFolder(storage.serving)
    newest = itertools.islice(history.entries(BLESSED_MODEL), keep)
    kept = {entry.name for entry in (*newest, find_served_entry(history, serving)) if entry}
    return [entry.folder for entry in unserved_entries(history, serving) if entry.name not in kept]
