"""Implements `utkface gc`: marks old artifacts as deleted in the metadata, and removes them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.dsl.io import fileio

from components.storage import files, object_store
from pipeline.layout import RootLayout
from pipeline.root.garbage.leftovers import leftovers
from pipeline.root.garbage.listing import (
    artifact_folders,
    freed_bytes,
    system_folders,
    tree_bytes,
)
from pipeline.root.garbage.old_models import old_models
from pipeline.root.garbage.retention import Retention, decide
from pipeline.root.lock import lock_root
from pipeline.root.metadata_claim import check_claim, read_claim
from pipeline.root.metadata_store import open_for_run, open_store
from pipeline.root.storage import RootStorage
from pipeline.root.store_owner import check_owner
from pipeline.settings.metadata import SQLITE

UNFINISHED = "of steps that did not finish"
UNKNOWN = "of no run in the metadata"
LEFTOVERS = "left by killed runs"
MODELS = "blessed models of which no version is left"
LOGS = "logs and reports"


@dataclass(frozen=True)
class Removed:
    """Folders that are removed for the same reason.

    Attributes:
      what: the run that wrote them, or one of the constants above.
      folders: how many.
      freed: bytes that become free; files that a kept folder has too take no room of their own.
    """

    what: str
    folders: int
    freed: int


def collect(
    root: Path, keep: int, *, logs: bool = False, models: bool = False, dry_run: bool = False
) -> list[Removed]:
    """Removes the artifacts of old runs, and what failed and killed runs left.

    The metadata is written first, so that no later run reuses an artifact that is being removed.
    If this is killed, the next call finishes it.

    Args:
      root: the folder that runs share.
      keep: number of finished runs to keep; see pipeline.root.garbage.retention.decide.
      logs: whether to remove the logs and reports of removed runs too.
      models: whether to remove old blessed models too; see pipeline.root.garbage.old_models.
      dry_run: whether to remove nothing.

    Raises:
      BusyError: if a run uses the root.
      InputError: if the root has no metadata, a server or store cannot be used, or an entry of
        the history is damaged.
    """
    object_store.register()
    layout, storage = RootLayout(root), RootStorage.of(root)
    # Says so if there is no root, before a lock is written into it.
    open_store(root)
    with lock_root(root):
        claim = read_claim(root)
        metadata = claim.url if claim else SQLITE
        check_claim(root, metadata)
        if storage.base != str(root):
            check_owner(root, storage.base)
        records = open_for_run(root, metadata, claim)
        if not dry_run:
            records.end(records.unfinished(), stopped=False)
        retention = decide(records, storage, keep)
        artifacts = _by_reason(artifact_folders(storage.artifacts), retention)
        others = {LEFTOVERS: leftovers(layout, storage)}
        if models:
            others[MODELS] = old_models(storage, keep)
        if logs:
            others[LOGS] = [
                str(layout.runs / run) for run in retention.removed if (layout.runs / run).exists()
            ]
        found = [
            *_describe(artifacts, freed_bytes(storage.artifacts, artifacts)),
            *(
                Removed(what, len(paths), sum(map(tree_bytes, paths)))
                for what, paths in others.items()
                if paths
            ),
        ]
        if dry_run:
            return found
        if retention.obsolete:
            for artifact in retention.obsolete:
                artifact.state = mlmd.Artifact.DELETED
            records.store.put_artifacts(list(retention.obsolete))
        for folder in (*_flat(artifacts), *_old_system_folders(storage, retention)):
            _remove(f"{storage.artifacts}/{folder}")
        for path in _flat(others):
            _remove(path)
    return found


def _by_reason(folders: list[str], retention: Retention) -> dict[str, list[str]]:
    """Returns the folders to remove, by the run that wrote them or another reason; oldest first."""
    reasons: dict[str, list[str]] = {}
    for folder in folders:
        if folder not in retention.folders:
            execution = int(folder.rpartition("/")[2])
            reason = UNFINISHED if execution in retention.unfinished else UNKNOWN
            reasons.setdefault(retention.finished.get(execution, reason), []).append(folder)
    return reasons


def _old_system_folders(storage: RootStorage, retention: Retention) -> list[str]:
    kept = {folder.rpartition("/")[2] for folder in retention.folders}
    found = system_folders(storage.artifacts)
    return [folder for folder in found if folder.rpartition("/")[2] not in kept]


def _describe(groups: dict[str, list[str]], freed: dict[str, int]) -> list[Removed]:
    last = (UNFINISHED, UNKNOWN)
    names = [*(name for name in groups if name not in last), *filter(groups.get, last)]
    return [Removed(name, len(groups[name]), freed[name]) for name in names]


def _flat(groups: dict[str, list[str]]) -> list[str]:
    return [path for several in groups.values() for path in several]


def _remove(path: str) -> None:
    if files.is_remote(path):
        fileio.rmtree(path)
    elif Path(path).is_dir() and not Path(path).is_symlink():
        shutil.rmtree(path)
    else:
        Path(path).unlink(missing_ok=True)
