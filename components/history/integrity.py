"""Whether the files of an entry are still those that were recorded."""

import hashlib
from collections.abc import Iterator, Mapping

from tfx.dsl.io import fileio

_CHUNK = 1 << 20


def digest_file(path: str) -> str:
    """Returns the SHA-256 of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with fileio.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def digest_folder(folder: str) -> dict[str, str]:
    """Returns the digests of all files of a folder, by their paths relative to it."""
    return {path: digest_file(f"{folder}/{path}") for path in sorted(_files(folder))}


def find_damage(folder: str, digests: Mapping[str, str]) -> str:
    """Says which file is not as it was recorded; empty if all are.

    Args:
      folder: where the files lie.
      digests: SHA-256 by path relative to it; empty if an earlier release recorded the files.
    """
    for name, digest in digests.items():
        path = f"{folder}/{name}"
        if not fileio.exists(path):
            return f"{path} is missing"
        if (found := digest_file(path)) != digest:
            return f"{path} has the SHA-256 {found[:12]}, and had {digest[:12]} when recorded"
    return ""


def _files(folder: str, inside: str = "") -> Iterator[str]:
    for name in fileio.listdir(f"{folder}/{inside}" if inside else folder):
        # Object stores may give a folder's name with a slash.
        path = f"{inside}/{name.rstrip('/')}" if inside else name.rstrip("/")
        if fileio.isdir(f"{folder}/{path}"):
            yield from _files(folder, path)
        else:
            yield path
