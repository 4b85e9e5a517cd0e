"""Pushes a model to a folder or a store, so that it is complete or absent."""

import contextlib
from collections.abc import Callable, Iterator

from tfx.dsl.io import fileio

from components.errors import OperationError
from components.serving.folder import ServingFolder
from components.serving.manifest import (
    Manifest,
    find_model_damage,
    make_manifest,
    read_manifest,
    write_manifest,
)
from components.storage import files
from components.storage.durable import remove_tree, rename, sync_tree
from components.storage.linking import link_folder
from components.storage.local_copies import local_copy

# Programs wait for this file of a SavedModel, so a store gets it after the others.
_LAST = "saved_model.pb"

# Raises an error if the SavedModel in a local folder must not be served.
Check = Callable[[str], None]


def push(model: str, serving: ServingFolder, *, check: Check, keep: int) -> Manifest:
    """Publishes a model, unless the version served now has the same files.

    Args:
      model: the folder of a SavedModel.
      serving: where to push to.
      check: called with the folder of the pushed files before anyone sees them.
      keep: number of versions to keep.

    Returns:
      The manifest of the version that `latest` now names.

    Raises:
      OperationError: if a file is not what was pushed.
    """
    serving.sweep()
    with local_copy(model) as local:
        manifest = make_manifest(local, serving.new_version())
        if existing := _find_same(manifest, serving):
            manifest = existing
        elif files.is_remote(serving.uri):
            _upload(local, manifest, serving, check)
        else:
            _link(local, manifest, serving, check)
    serving.point_to(manifest.version)
    serving.prune(keep)
    return manifest


def _find_same(manifest: Manifest, serving: ServingFolder) -> Manifest | None:
    """Returns the manifest of a complete version with the same files.

    A run that was killed before it recorded its push, or before it moved `latest`, pushes the same
    model again. Versions before the one that `latest` names are not looked at: to serve one of
    them again is a rollback.
    """
    latest, versions = serving.latest(), serving.versions()
    newest = [version for version in versions if int(version) >= int(latest or versions[0])]
    for version in newest:
        if not serving.find_damage(version):
            found = read_manifest(serving.path(version))
            if found and found.digests == manifest.digests:
                return found
    return None


def _link(model: str, manifest: Manifest, serving: ServingFolder, check: Check) -> None:
    """Writes a version beside the others, and renames it to its number once it is complete."""
    part = serving.part(manifest.version)
    with _removed_on_error(part):
        link_folder(model, part)
        write_manifest(part, manifest)
        sync_tree(part)
        _check_files(part, manifest)
        check(part)
        rename(part, serving.path(manifest.version))


def _upload(model: str, manifest: Manifest, serving: ServingFolder, check: Check) -> None:
    """Writes a version to a store, where nothing can be renamed; its manifest comes last."""
    folder, part = serving.path(manifest.version), serving.part(manifest.version)
    with _removed_on_error(folder, part):
        serving.mark(manifest.version)
        for name in sorted(manifest.digests, key=lambda name: (name == _LAST, name)):
            fileio.makedirs(f"{folder}/{name}".rpartition("/")[0])
            fileio.copy(f"{model}/{name}", f"{folder}/{name}")
        with local_copy(folder) as copy:
            write_manifest(copy, manifest)
            _check_files(copy, manifest)
            check(copy)
        write_manifest(folder, manifest)
    remove_tree(part)


def _check_files(folder: str, manifest: Manifest) -> None:
    if damage := find_model_damage(folder, manifest.version):
        raise OperationError(
            f"{folder}: expected the files of the model as they were read; {damage}. The model was "
            "not published. Check the disk or the store, and run the same command again."
        )


@contextlib.contextmanager
def _removed_on_error(*folders: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for folder in folders:
            # A store that failed may still be away; the next push removes the rest.
            with contextlib.suppress(Exception):
                remove_tree(folder)
        raise
