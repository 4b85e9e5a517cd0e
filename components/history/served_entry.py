"""Finds the blessed model that is served and has to be beaten, and those that are not served."""

from collections.abc import Iterator

from tfx.utils import path_utils

from components.history.registry import BLESSED_MODEL, Entry, History
from components.serving.folder import ServingFolder
from components.serving.manifest import Manifest, read_manifest

_SERVED_FORMAT = path_utils.serving_model_path("")


def find_served_entry(history: History, serving: ServingFolder) -> Entry | None:
    """Returns the entry of the model that `latest` names, which a rollback changes.

    A model that was published by a run that died before it recorded the model has no entry, nor has
    a model pushed by an earlier release a manifest. Then it is the newest entry of a model that no
    rollback withdrew. The files tell which entry belongs to which version.

    Returns:
      The entry; None if there is none.

    Raises:
      InputError: if another release wrote an entry, or it is damaged.
    """
    latest = serving.latest()
    served = _read(serving.path(latest)) if latest else None
    withdrawn = [_read(serving.withdrawn_path(version)) for version in serving.withdrawn()]
    newest = None
    for entry in history.entries(BLESSED_MODEL):
        if _belongs(entry, served):
            return entry
        if newest is None and not any(_belongs(entry, one) for one in withdrawn):
            newest = entry
            if served is None:
                break
    return newest


def unserved_entries(history: History, serving: ServingFolder) -> Iterator[Entry]:
    """Yields the blessed models of which no version is left, withdrawn or not; the newest first.

    Entries without digests, of an earlier release, are left out: nothing tells their version.

    Raises:
      InputError: see find_served_entry.
    """
    folders = [serving.path(version) for version in serving.versions()]
    folders += [serving.withdrawn_path(version) for version in serving.withdrawn()]
    manifests = [_read(folder) for folder in folders]
    for entry in history.entries(BLESSED_MODEL):
        if entry.digests and not any(_belongs(entry, manifest) for manifest in manifests):
            yield entry


def _read(folder: str) -> Manifest | None:
    try:
        return read_manifest(folder)
    except ValueError:
        return None


def _belongs(entry: Entry, manifest: Manifest | None) -> bool:
    """Returns whether the files of an entry are those of a version."""
    if manifest is None:
        return False
    prefix = f"{_SERVED_FORMAT}/"
    names = {
        name.removeprefix(prefix): digest
        for name, digest in entry.digests.items()
        if name.startswith(prefix)
    }
    return names == manifest.digests
