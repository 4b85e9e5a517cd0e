"""Checks whether the files of a folder still match their recorded digests."""

import hashlib
import re
from collections.abc import Mapping

from components.storage import files

_CHUNK = 1 << 20
# Paths as digest_folder returns them; no part is `.` or `..`.
_RELATIVE = re.compile(r"(?!\.\.?(/|$))[^/\0\ud800-\udfff]+(/(?!\.\.?(/|$))[^/\0\ud800-\udfff]+)*")


def digest_file(path: str) -> str:
    """Returns the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with files.open(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def list_folder(folder: str) -> list[str]:
    """Returns the paths of all files in a folder, relative to the folder."""
    folder = folder.rstrip("/")
    return sorted(path.removeprefix(f"{folder}/") for path in files.walk(folder))


def digest_folder(folder: str) -> dict[str, str]:
    """Returns the digests of all files in a folder, by relative path."""
    return {name: digest_file(f"{folder.rstrip('/')}/{name}") for name in list_folder(folder)}


def find_damage(folder: str, digests: Mapping[str, str]) -> str:
    """Returns a description of the first damaged or unexpected file; empty if all files match.

    Args:
      folder: folder of the files.
      digests: SHA-256 by relative path; empty if an earlier release recorded the files.
    """
    if not digests:
        return ""
    existing = list_folder(folder)
    for name, digest in digests.items():
        if not _RELATIVE.fullmatch(name):
            return f"a digest is of {name!r}, which is no path of a file"
        path = f"{folder}/{name}"
        # A name such as `../x` is never listed, so no file outside the folder is read.
        if name not in existing:
            return f"{path} is missing"
        try:
            actual = digest_file(path)
        except Exception:  # file systems raise errors of many types for a folder
            if not files.isdir(path):
                raise
            return f"{path} is a folder, and was a file when recorded"
        if actual != digest:
            return f"{path} has the SHA-256 {actual[:12]}, and had {digest[:12]} when recorded"
    for name in existing:
        if name not in digests:
            return f"{folder}/{name} was not there when the files were recorded"
    return ""
