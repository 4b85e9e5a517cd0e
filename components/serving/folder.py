"""The folder that models are pushed to, local or on an object store.

serving/
  latest              the number of the version that is served
  1795711411/         a model: TensorFlow Serving loads the folder with the highest number
    manifest.json     written last
  .1795711999.part/   a version that is being written or deleted
  withdrawn/          versions that a rollback took out of service
"""

import re
import time

from components.serving.manifest import MANIFEST_FILE, find_model_damage, has_manifest
from components.storage import files
from components.storage.durable import remove_tree, rename, write_file

LATEST_FILE = "latest"
WITHDRAWN = "withdrawn"
_VERSION = re.compile(r"[0-9]{1,18}")
_PART = re.compile(r"\.([0-9]{1,18})\.part")


class ServingFolder:
    """Versions of pushed models; a version is complete or absent, whenever a process is killed."""

    def __init__(self, uri: str):
        self.uri = uri.rstrip("/")

    def versions(self) -> list[str]:
        """Returns the versions that TensorFlow Serving sees, complete or not, newest first."""
        return _versions_in(self.uri)

    def withdrawn(self) -> list[str]:
        """Returns the versions that a rollback took out of service, newest first."""
        return _versions_in(f"{self.uri}/{WITHDRAWN}")

    def path(self, version: str) -> str:
        return f"{self.uri}/{version}"

    def withdrawn_path(self, version: str) -> str:
        return f"{self.uri}/{WITHDRAWN}/{version}"

    def part(self, version: str) -> str:
        """The folder of a version that is being written or deleted; on a store, only a mark."""
        return f"{self.uri}/.{version}.part"

    def latest(self) -> str | None:
        """Returns the version that `latest` names; None if the file is missing or damaged."""
        path = f"{self.uri}/{LATEST_FILE}"
        if not files.exists(path) or files.isdir(path):
            return None
        with files.open(path) as file:
            text = file.read().decode(errors="replace").strip()
        return text if _VERSION.fullmatch(text) else None

    def point_to(self, version: str) -> None:
        """Makes `latest` name a version, atomically."""
        if self.latest() != version:
            write_file(f"{self.uri}/{LATEST_FILE}", f"{version}\n".encode())

    def predates_manifests(self, version: str) -> bool:
        """Returns whether an earlier release pushed a version, without a manifest."""
        if version == self.latest() or files.exists(self.part(version)):
            return False
        with_manifest = [int(other) for other in self.versions() if has_manifest(self.path(other))]
        return int(version) < min(with_manifest, default=int(version) + 1)

    def find_damage(self, version: str) -> str:
        """Returns what is wrong with a version; empty if its files match its manifest."""
        return find_model_damage(self.path(version), version)

    def new_version(self) -> str:
        """Returns a number for a new version: the time in seconds, above all other versions."""
        others = map(int, [*self.versions(), *self.withdrawn()])
        return str(max(int(time.time()), 1 + max(others, default=0)))

    def withdraw(self, version: str) -> None:
        """Takes a version out of the sight of servers."""
        _move(self.path(version), self.withdrawn_path(version))

    def bring_back(self, version: str) -> None:
        """Undoes withdraw."""
        _move(self.withdrawn_path(version), self.path(version))

    def sweep(self) -> None:
        """Removes what a killed push or a killed deletion left."""
        for name in _names_in(self.uri):
            if match := _PART.fullmatch(name):
                if not has_manifest(self.path(match[1])):
                    remove_tree(self.path(match[1]))
                remove_tree(f"{self.uri}/{name}")

    def prune(self, keep: int) -> None:
        """Deletes all but the newest versions; never the version that `latest` names.

        Args:
          keep: the number of versions to keep, withdrawn versions included.
        """
        latest = self.latest()
        served = {version: self.path(version) for version in self.versions()}
        withdrawn = {version: self.withdrawn_path(version) for version in self.withdrawn()}
        newest_first = sorted({*served, *withdrawn}, key=int, reverse=True)
        for version in newest_first[keep:]:
            if version != latest:
                for folder in (served.get(version), withdrawn.get(version)):
                    if folder:
                        self._delete(version, folder)

    def mark(self, version: str) -> None:
        """Marks a version on a store as incomplete; sweep removes it until it has a manifest."""
        write_file(f"{self.part(version)}/incomplete", b"")

    def _delete(self, version: str, folder: str) -> None:
        """Deletes a version, of which nobody ever sees half."""
        if files.is_remote(self.uri):
            self.mark(version)
            if has_manifest(folder):
                files.remove(f"{folder}/{MANIFEST_FILE}")
            remove_tree(folder)
        else:
            rename(folder, self.part(version))
        remove_tree(self.part(version))


def _move(source: str, target: str) -> None:
    """Moves a version. A store moves file by file: what a killed move left is completed first."""
    if files.exists(target):
        if not find_model_damage(target):
            remove_tree(source)
            return
        remove_tree(target)
    rename(source, target)


def _versions_in(folder: str) -> list[str]:
    return sorted(filter(_VERSION.fullmatch, _names_in(folder)), key=int, reverse=True)


def _names_in(folder: str) -> list[str]:
    return files.listdir(folder) if files.isdir(folder) else []
