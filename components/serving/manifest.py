"""The manifest of a pushed model: version, and SHA-256 and size of every file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.storage import files
from components.storage.durable import write_file
from components.storage.integrity import digest_file, find_damage, list_folder

MANIFEST_FILE = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a pushed model consists of.

    Attributes:
      version: the name of its folder, a number.
      digests: SHA-256 of each file but the manifest, by its path relative to the folder.
      sizes: size of each of these files, in bytes.
    """

    version: str
    digests: Mapping[str, str]
    sizes: Mapping[str, int]

    def find_damage(self, folder: str) -> str:
        """Returns which file is missing, changed or unexpected; empty if none is."""
        manifest = {MANIFEST_FILE: digest_file(f"{folder}/{MANIFEST_FILE}")}
        return find_damage(folder, {**self.digests, **manifest})

    def to_json(self) -> str:
        described = {
            name: {"sha256": digest, "bytes": self.sizes[name]}
            for name, digest in self.digests.items()
        }
        document = {"format": _FORMAT, "version": self.version, "files": described}
        return json.dumps(document, indent=2) + "\n"


def make_manifest(folder: str, version: str) -> Manifest:
    """Describes the files of a local folder, except a manifest in it."""
    names = [name for name in list_folder(folder) if name != MANIFEST_FILE]
    return Manifest(
        version,
        {name: digest_file(f"{folder}/{name}") for name in names},
        {name: _size(f"{folder}/{name}") for name in names},
    )


def write_manifest(folder: str, manifest: Manifest) -> None:
    """Writes the manifest into the folder of its model."""
    write_file(f"{folder}/{MANIFEST_FILE}", manifest.to_json().encode())


def has_manifest(folder: str) -> bool:
    return files.exists(f"{folder}/{MANIFEST_FILE}")


def read_manifest(folder: str) -> Manifest | None:
    """Returns the manifest of a model; None if it has none.

    Raises:
      ValueError: if the manifest is damaged or from another release; the message says which.
    """
    if not has_manifest(folder):
        return None
    with files.open(f"{folder}/{MANIFEST_FILE}") as file:
        content = file.read()
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT:
            raise ValueError(f"its {MANIFEST_FILE} is from another release")
        return _parse(document)
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise ValueError(f"its {MANIFEST_FILE} is damaged") from None


def find_model_damage(folder: str, version: str | None = None) -> str:
    """Returns what is wrong with a pushed model; empty if its files match its manifest.

    Args:
      folder: the files of the model.
      version: the version that the manifest must have; None accepts any.
    """
    try:
        manifest = read_manifest(folder)
    except ValueError as error:
        return str(error)
    if manifest is None:
        return f"it has no {MANIFEST_FILE}, which is written last"
    if version not in (None, manifest.version):
        return f"its {MANIFEST_FILE} is that of version {manifest.version}"
    return manifest.find_damage(folder)


def _parse(document: Any) -> Manifest:
    described = document["files"]
    version = document["version"]
    digests = {name: entry["sha256"] for name, entry in described.items()}
    sizes = {name: entry["bytes"] for name, entry in described.items()}
    if not digests or not all(isinstance(text, str) for text in (version, *digests.values())):
        raise TypeError("expected a version and digests")
    return Manifest(version, digests, sizes)


def _size(path: str) -> int:
    with files.open(path) as file:
        return file.seek(0, 2)
