"""The history of a pipeline: a folder beside its artifacts, which all engines share.

TFX finds earlier results with a Resolver, which queries the metadata store. Kubeflow Pipelines does
not support Resolvers, so the two engines could not share such results.
"""

import itertools
import json
import re
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any

from tfx.dsl.io import fileio

from components.errors import InputError
from components.storage.durable import write_file
from components.storage.integrity import digest_folder, find_damage
from components.storage.linking import link_file, link_folder

BLESSED_MODEL = "blessed_model"
MEASURED_MODEL = "measured_model"
ACCEPTED_STATISTICS = "accepted_statistics"
ACCEPTED_EXAMPLES = "accepted_examples"
# Entries of a schedule on a cluster, which has nowhere else to store the spans it took.
TAKEN_SPAN = "taken_span"
# Property of accepted statistics, as JSON.
SPLIT_NAMES = "split_names"

_FORMAT = 1
_ENTRY_FILE = "entry.json"
_FILES = "files"
_DIGESTS = "sha256"
# Names sort by age, and contain the span.
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-span(?P<span>\d+)-[0-9a-f]{8}")


@dataclass(frozen=True)
class Entry:
    """A record of one run.

    Attributes:
      name: starts with the time in UTC, so names sort by age.
      files: folder of the recorded files.
      span: span of the data.
      properties: further properties.
      digests: SHA-256 of each file, by its path relative to `files`; empty if an earlier release
        recorded the entry.
    """

    name: str
    files: str
    span: int
    properties: Mapping[str, str]
    digests: Mapping[str, str] = MappingProxyType({})

    @property
    def folder(self) -> str:
        """The folder of the entry, which contains `files` and all extra files."""
        return self.files.removesuffix(f"/{_FILES}")

    @property
    def splits(self) -> list[str]:
        """The splits of statistics; empty if the property is missing or invalid."""
        try:
            names = json.loads(self.properties.get(SPLIT_NAMES, ""))
        except ValueError:
            return []
        is_valid = isinstance(names, list) and all(isinstance(name, str) for name in names)
        return names if is_valid else []

    def check(self) -> None:
        """Compares the files with their recorded digests.

        Raises:
          InputError: if a file is missing, truncated, changed, or was added.
        """
        if damage := find_damage(self.files, self.digests):
            raise damage_error(self, damage)


class History:
    """Entries by kind, in `URI/KIND/NAME/`; a NAME folder may be deleted at any time."""

    def __init__(self, uri: str):
        self._uri = uri.rstrip("/")

    def record(
        self,
        kind: str,
        source: str,
        *,
        span: int,
        properties: Mapping[str, str],
        extra_files: Mapping[str, str] = MappingProxyType({}),
    ) -> Entry:
        """Records a folder in the history.

        Args:
          kind: one of the kinds above.
          source: folder to record; its files are linked, so they outlive the artifact and take no
            more room. Across disks, and on object stores, they are copied.
          span: span of the data.
          properties: properties of the entry.
          extra_files: paths of further files to link, by their names in the entry's folder.

        Raises:
          RuntimeError: if the folder is empty.
        """
        if not fileio.isdir(source) or not fileio.listdir(source):
            raise RuntimeError(f"{source}: expected files to record in the history; found none")
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        name = f"{now}-span{span}-{uuid.uuid4().hex[:8]}"
        folder = f"{self._uri}/{kind}/{name}"
        # Digests of the originals, so a bad copy is detected too.
        digests = digest_folder(source)
        link_folder(source, f"{folder}/{_FILES}")
        for file_name, path in extra_files.items():
            link_file(path, f"{folder}/{file_name}")
        # Written last and atomically: an interrupted run leaves a folder without this file.
        document = {
            "format": _FORMAT,
            "span": span,
            "properties": dict(properties),
            _DIGESTS: digests,
        }
        write_file(f"{folder}/{_ENTRY_FILE}", f"{json.dumps(document, indent=2)}\n".encode())
        return Entry(name, f"{folder}/{_FILES}", span, dict(properties), digests)

    def latest(self, kind: str) -> Entry | None:
        """Returns the newest entry of a kind.

        Raises:
          InputError: if another release wrote it, or it is damaged.
        """
        return next(self.entries(kind), None)

    def entries(self, kind: str) -> Iterator[Entry]:
        """Yields all entries of a kind, the newest first.

        Raises:
          InputError: if another release wrote an entry, or an entry is damaged.
        """
        return self._read_all(kind, self._names(kind))

    def incomplete(self, newest: int | None = None) -> Iterator[str]:
        """Yields the folders of entries that an interrupted run left incomplete.

        Args:
          newest: how many entries of each kind to look at; None looks at all of them.
        """
        for kind in fileio.listdir(self._uri) if fileio.isdir(self._uri) else ():
            for name in itertools.islice(self._names(kind.rstrip("/")), newest):
                folder = f"{self._uri}/{kind.rstrip('/')}/{name}"
                if not fileio.exists(f"{folder}/{_ENTRY_FILE}"):
                    yield folder

    def delete_except(self, kind: str, *, keep: Container[str]) -> None:
        """Deletes all entries of a kind except those that `keep` names."""
        for name in list(self._names(kind)):
            if name not in keep:
                fileio.rmtree(f"{self._uri}/{kind}/{name}")

    def newest_span(self) -> int | None:
        """Returns the greatest span whose data was accepted.

        Raises:
          InputError: if another release wrote its entry, or the entry is damaged.
        """
        by_span = sorted(self._names(ACCEPTED_STATISTICS), key=_span_of, reverse=True)
        entry = next(self._read_all(ACCEPTED_STATISTICS, by_span), None)
        return entry.span if entry else None

    def _names(self, kind: str) -> Iterator[str]:
        """Yields the names of the entries, the newest first."""
        folder = f"{self._uri}/{kind}"
        if fileio.isdir(folder):
            # Object stores may return a folder's name with a slash.
            names = (name.rstrip("/") for name in fileio.listdir(folder))
            yield from sorted(filter(_NAME.fullmatch, names), reverse=True)

    def _read_all(self, kind: str, names: Iterable[str]) -> Iterator[Entry]:
        return filter(None, (_read(f"{self._uri}/{kind}/{name}", name) for name in names))


def _read(folder: str, name: str) -> Entry | None:
    """Returns an entry; None if an interrupted run left it incomplete."""
    path = f"{folder}/{_ENTRY_FILE}"
    if not fileio.exists(path):
        return None
    with fileio.open(path, "rb") as file:
        data = file.read()
    try:
        document = json.loads(data)
    except RecursionError:
        document = None
    except ValueError:
        return None
    version = document.get("format") if isinstance(document, dict) else None
    if version is not None and version != _FORMAT:
        raise InputError(
            f"{path}: expected a history entry of format {_FORMAT}; found {version!r}. Another "
            f"release wrote it: use that release, or delete {folder}."
        )
    entry = Entry(name, f"{folder}/{_FILES}", *_parse(document))
    if version is None or not _has_valid_strings(document) or not _is_complete(entry):
        raise damage_error(entry)
    return entry


def damage_error(entry: Entry, damage: str = "") -> InputError:
    """Returns the error to raise for a damaged entry.

    Args:
      entry: the entry.
      damage: which file is damaged, if known.
    """
    detail = f": {damage}" if damage else ""
    return InputError(
        f"{entry.folder}: expected a history entry with a span, properties and files; found a "
        f"damaged entry{detail}. Delete this folder; the entry before it is then used."
    )


def _parse(document: Any) -> tuple[int, Mapping[str, str], Mapping[str, str]]:
    """Returns span, properties and digests; -1 and empty where the document is invalid."""
    if not isinstance(document, dict):
        return -1, {}, {}
    span = document.get("span")
    properties, digests = (_strings(document.get(key)) for key in ("properties", _DIGESTS))
    return span if type(span) is int else -1, properties, digests


def _has_valid_strings(document: Mapping[str, Any]) -> bool:
    """Returns whether the properties and the digests, if any, are mappings to strings.

    Without this, a damaged digest would leave the files unchecked.
    """
    return all(
        _strings(document[key]) == document[key]
        for key in ("properties", _DIGESTS)
        if key in document
    )


def _strings(value: Any) -> Mapping[str, str]:
    """Returns the value if it is a mapping to strings; empty otherwise."""
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return value
    return {}


def _is_complete(entry: Entry) -> bool:
    """Returns whether an entry is complete, without reading its files."""
    names = fileio.listdir(entry.files) if fileio.isdir(entry.files) else []
    if entry.span < 0 or not names:
        return False
    if SPLIT_NAMES not in entry.properties:
        return True
    # Statistics have every split that the entry names.
    return bool(entry.splits) and all(
        fileio.isdir(f"{entry.files}/Split-{split}")
        and fileio.listdir(f"{entry.files}/Split-{split}")
        for split in entry.splits
    )


def _span_of(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match["span"]) if match else -1
