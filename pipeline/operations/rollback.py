"""Serves an earlier pushed model again, or one that an earlier rollback withdrew.

`latest` decides which model is served. The history follows it: see
components.history.served_entry. So a rollback that is killed has happened if `latest` has moved.
"""

from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from components.serving.folder import ServingFolder
from components.serving.manifest import find_model_damage, make_manifest, write_manifest
from components.storage.local_copies import local_copy
from pipeline.console.quiet import quiet_stderr
from pipeline.root.lock import lock_root
from pipeline.root.served_versions import find_problem
from pipeline.root.storage import RootStorage


@dataclass(frozen=True)
class Rollback:
    """The result of a rollback.

    Attributes:
      served: the folder of the version that is served now.
      withdrawn: the folders of the versions taken out of service, newest first.
      skipped: by version, why a newer version than the one that is served was not chosen.
    """

    served: str
    withdrawn: tuple[str, ...]
    skipped: dict[str, str]


@quiet_stderr()
def roll_back(root: Path, version: str | None = None) -> Rollback:
    """Makes a version the one that is served, and withdraws all newer ones.

    TensorFlow Serving loads the highest version that it sees.

    Args:
      root: the folder that runs share.
      version: the version to serve; None for the complete version before the newest.

    Raises:
      BusyError: if a run uses the root.
      FileNotFoundError: if no model was pushed.
      InputError: if there is no such version, or its files are not those that were pushed.
    """
    storage = RootStorage.of(root)
    storage.served_models()
    serving = ServingFolder(storage.serving)
    with lock_root(root):
        serving.sweep()
        _add_manifests(serving)
        if version is None:
            version, skipped = _previous(serving)
        else:
            skipped = {}
            _make_available(serving, version)
        serving.point_to(version)
        newer = [other for other in serving.versions() if int(other) > int(version)]
        for other in newer:
            serving.withdraw(other)
    withdrawn = tuple(map(serving.withdrawn_path, newer))
    return Rollback(serving.path(version), withdrawn, skipped)


def _add_manifests(serving: ServingFolder) -> None:
    """Gives the versions of earlier releases a manifest, the newest first.

    Versions older than all that have a manifest are known to be from an earlier release.
    """
    for version in serving.versions():
        if serving.predates_manifests(version):
            folder = serving.path(version)
            with local_copy(folder) as local:
                if not find_problem(serving, version, Path(local)):
                    write_manifest(folder, make_manifest(local, version))


def _previous(serving: ServingFolder) -> tuple[str, dict[str, str]]:
    """Returns the complete version before the newest, and why those in between were skipped."""
    newest, *older = serving.versions()
    skipped: dict[str, str] = {}
    for version in older:
        problem = _find_damage(serving.path(version), version)
        if not problem:
            return version, skipped
        skipped[version] = problem
    reasons = "".join(f" {version}: {problem}." for version, problem in skipped.items())
    raise InputError(
        f"{serving.uri}: expected a complete version before {newest}; found none.{reasons} "
        f"{_describe(serving)}"
    )


def _make_available(serving: ServingFolder, version: str) -> None:
    """Checks the files of a version, and brings it back if it was withdrawn."""
    places = []
    if version in serving.versions():
        places.append(serving.path(version))
    if version in serving.withdrawn():
        places.append(serving.withdrawn_path(version))
    if not places:
        raise InputError(
            f"{serving.uri}: expected one of its versions; found no version {version!r}. "
            f"{_describe(serving)}"
        )
    # A store moves file by file, so a killed rollback may leave a version in both places.
    for place in places:
        problem = _find_damage(place, version)
        if not problem:
            break
    else:
        raise InputError(
            f"{place}: expected the files that were pushed; {problem}. It is not served. Choose "
            f"another version, or push a new one with `utkface run`. {_describe(serving)}"
        )
    if version in serving.withdrawn():
        serving.bring_back(version)


def _find_damage(folder: str, version: str) -> str:
    with local_copy(folder) as local:
        return find_model_damage(local, version)


def _describe(serving: ServingFolder) -> str:
    withdrawn = serving.withdrawn()
    return (
        f"Versions: {', '.join(serving.versions())}"
        f"{'; withdrawn: ' if withdrawn else ''}{', '.join(withdrawn)}."
    )
