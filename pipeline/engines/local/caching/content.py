"""Digests of the data and of the files that the properties of a component name."""

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tfx.dsl.io import fileio

from components.ingest.archives import archive
from components.ingest.sources.reading import ListedPath
from components.ingest.sources.source import Source, list_all
from components.storage import files
from components.storage.integrity import digest_file
from components.storage.object_store import ObjectStore, list_versions

_STORES = (*ObjectStore.SUPPORTED_SCHEMES, "gs://")


def digest_data(sources: Sequence[Source], *, follow_links: bool) -> str:
    """Returns a SHA-256 of the names and contents of the files in sources.

    Local files are read, because a change may keep their sizes and times. An object store has
    a digest or a version of each file in its listing, so nothing is fetched.

    Args:
      sources: sources of files.
      follow_links: see components.ingest.settings.IngestSettings.
    """
    listed = [*list_all(sources, follow_links=follow_links)]
    folders = {each.path.rpartition("/")[0] for each in listed if _is_versioned(each.path)}
    versions = {path: version for folder in folders for path, version in list_versions(folder)}
    digest = hashlib.sha256()
    with ThreadPoolExecutor() as pool:
        contents = pool.map(lambda each: versions.get(each.path) or _content_of(each), listed)
        for each, content in zip(listed, contents, strict=True):
            record = f"{each.path}\0{each.relative_name}\0{each.inside}\0{content}\n"
            digest.update(record.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def digest_named_files(properties: Mapping[str, Any]) -> dict[str, str]:
    """Returns the SHA-256 of each file that a property names, also inside JSON, by its path."""
    found: dict[str, str] = {}
    for text in _texts(properties):
        path, _ = archive.split_inside(text)
        if path not in found and _is_file(path):
            found[path] = digest_file(path)
    return found


def _content_of(listed: ListedPath) -> str:
    """Returns the digest of a listed file, or why its content does not count."""
    if listed.outside:
        return "outside"
    if files.is_remote(listed.path):
        found = fileio.stat(listed.path)
        return f"{found.length} {found.mtime_nsec}"
    try:
        return digest_file(listed.path)
    except OSError as error:
        return f"unreadable: {error.errno}"


def _texts(value: Any) -> Iterator[str]:
    """Yields the texts in a value, also those in JSON within a text."""
    if isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _texts(each))
    elif isinstance(value, str):
        try:
            parsed = json.loads(value) if value.startswith(("{", "[")) else None
        except ValueError:
            parsed = None
        yield from [value] if parsed is None else _texts(parsed)


def _is_versioned(path: str) -> bool:
    return path.startswith(tuple(ObjectStore.SUPPORTED_SCHEMES))


def _is_file(path: str) -> bool:
    if files.is_remote(path):
        return path.startswith(_STORES) and files.exists(path) and not files.isdir(path)
    try:
        return "/" in path and stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):  # most texts are no paths
        return False
