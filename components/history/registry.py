"""The history of a pipeline: a folder beside its artifacts, read and written alike by every engine.

TFX finds earlier results with a Resolver, which asks the metadata store. Kubeflow Pipelines
refuses Resolvers, so that the two engines could not share what is built on them.
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
from tfx.utils import io_utils

from components.errors import InputError
from components.history.integrity import digest_folder, find_damage

BLESSED_MODEL = "blessed_model"
MEASURED_MODEL = "measured_model"
ACCEPTED_STATISTICS = "accepted_statistics"
ACCEPTED_EXAMPLES = "accepted_examples"
# Of a schedule on a cluster, which has no other place to remember it.
TAKEN_SPAN = "taken_span"
# A property of accepted statistics, in JSON.
SPLIT_NAMES = "split_names"

_FORMAT = 1
_ENTRY_FILE = "entry.json"
_FILES = "files"
_DIGESTS = "sha256"
# Names sort by age, and tell the span without a look inside.
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-span(?P<span>\d+)-[0-9a-f]{8}")


@dataclass(frozen=True)
class Entry:
    """One thing that a run left.

    Attributes:
      name: begins with the time in UTC, so that names sort by age.
      files: the folder with what was left.
      span: the span of the data it came from.
      properties: what else was said of it.
      digests: SHA-256 of each of its files, by the path relative to `files`; empty if an
        earlier release recorded it.
    """

    name: str
    files: str
    span: int
    properties: Mapping[str, str]
    digests: Mapping[str, str] = MappingProxyType({})

    @property
    def folder(self) -> str:
        """The whole entry, with what else was kept beside `files`."""
        return self.files.removesuffix(f"/{_FILES}")

    @property
    def splits(self) -> list[str]:
        """The splits of statistics; none where they are not what they should be."""
        try:
            found = json.loads(self.properties.get(SPLIT_NAMES, ""))
        except ValueError:
            return []
        is_names = isinstance(found, list) and all(isinstance(name, str) for name in found)
        return found if is_names else []

    def check(self) -> None:
        """Compares its files with what was recorded.

        Raises:
          InputError: if one is missing, was cut off or has changed.
        """
        if damage := find_damage(self.files, self.digests):
            raise damaged(self, damage)


class History:
    """Entries by kind, in `URI/KIND/NAME/`; a folder NAME may be deleted at any time."""

    def __init__(self, uri: str):
        self._uri = uri.rstrip("/")

    def record(
        self,
        kind: str,
        source: str,
        *,
        span: int,
        properties: Mapping[str, str],
        beside: Mapping[str, str] = MappingProxyType({}),
    ) -> Entry:
        """Copies a folder into the history.

        Args:
          kind: one of those above.
          source: the folder; its files are copied, so that they outlive the artifact.
          span: the span of the data.
          properties: kept with the entry.
          beside: further files to copy, by the names that they get in the entry's folder.

        Raises:
          RuntimeError: if the folder holds nothing.
        """
        if not fileio.isdir(source) or not fileio.listdir(source):
            raise RuntimeError(f"{source}: expected files for the history; found none")
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        name = f"{now}-span{span}-{uuid.uuid4().hex[:8]}"
        folder = f"{self._uri}/{kind}/{name}"
        # Of the originals, so that a copy that went wrong is found too.
        digests = digest_folder(source)
        io_utils.copy_dir(source, f"{folder}/{_FILES}")
        for file_name, path in beside.items():
            fileio.copy(path, f"{folder}/{file_name}")
        # Written last, and as a whole: a folder without it is what an interrupted run left.
        document = {
            "format": _FORMAT,
            "span": span,
            "properties": dict(properties),
            _DIGESTS: digests,
        }
        unfinished = f"{folder}/{_ENTRY_FILE}.part"
        with fileio.open(unfinished, "w") as file:
            file.write(json.dumps(document, indent=2) + "\n")
        fileio.rename(unfinished, f"{folder}/{_ENTRY_FILE}")
        return Entry(name, f"{folder}/{_FILES}", span, dict(properties), digests)

    def latest(self, kind: str) -> Entry | None:
        """Returns the youngest entry of a kind.

        Raises:
          InputError: if it was written by another release, or is damaged.
        """
        return next(self.entries(kind), None)

    def newest(self, kind: str, count: int) -> list[Entry]:
        """Returns up to so many entries of a kind, the youngest first.

        Raises:
          InputError: if one was written by another release, or is damaged.
        """
        return list(itertools.islice(self.entries(kind), count))

    def entries(self, kind: str) -> Iterator[Entry]:
        """Yields all entries of a kind, the youngest first.

        Raises:
          InputError: if one was written by another release, or is damaged.
        """
        return self._whole(kind, self._names(kind))

    def forget(self, kind: str, *, but: Container[str]) -> None:
        """Deletes the entries of a kind, but those of some names."""
        for name in list(self._names(kind)):
            if name not in but:
                fileio.rmtree(f"{self._uri}/{kind}/{name}")

    def newest_span(self) -> int | None:
        """Returns the greatest span whose data was accepted.

        Raises:
          InputError: if its entry was written by another release, or is damaged.
        """
        by_span = sorted(self._names(ACCEPTED_STATISTICS), key=_span_of, reverse=True)
        entry = next(self._whole(ACCEPTED_STATISTICS, by_span), None)
        return entry.span if entry else None

    def _names(self, kind: str) -> Iterator[str]:
        """Yields the names of the entries, the youngest first."""
        folder = f"{self._uri}/{kind}"
        if fileio.isdir(folder):
            # Object stores may give a folder's name with a slash.
            names = (name.rstrip("/") for name in fileio.listdir(folder))
            yield from sorted(filter(_NAME.fullmatch, names), reverse=True)

    def _whole(self, kind: str, names: Iterable[str]) -> Iterator[Entry]:
        return filter(None, (_read(f"{self._uri}/{kind}/{name}", name) for name in names))


def _read(folder: str, name: str) -> Entry | None:
    """Returns an entry; None for what an interrupted run left."""
    path = f"{folder}/{_ENTRY_FILE}"
    if not fileio.exists(path):
        return None
    with fileio.open(path, "r") as file:
        try:
            document = json.loads(file.read())
        except ValueError:
            return None
    found = document.get("format") if isinstance(document, dict) else None
    if found is not None and found != _FORMAT:
        raise InputError(
            f"{path}: expected format {_FORMAT} of an entry in the history; found {found!r}. It is "
            f"of another release: use that one, or delete {folder}."
        )
    entry = Entry(name, f"{folder}/{_FILES}", *_contents(document))
    if found is None or not _is_whole(entry):
        raise damaged(entry)
    return entry


def damaged(entry: Entry, damage: str = "") -> InputError:
    """Returns the error for an entry that is not what was recorded.

    Args:
      entry: the entry.
      damage: which file is damaged, where that is known.
    """
    found = f"damaged: {damage}" if damage else "damaged"
    return InputError(
        f"{entry.folder}: expected an entry of the history, with a span, properties and files; "
        f"found one that is {found}. Delete that folder: the entry before it counts then."
    )


def _contents(document: Any) -> tuple[int, Mapping[str, str], Mapping[str, str]]:
    """Returns span, properties and digests; -1 and none where they are not what they should be."""
    if not isinstance(document, dict):
        return -1, {}, {}
    span = document.get("span")
    properties, digests = (_words(document.get(key)) for key in ("properties", _DIGESTS))
    return span if type(span) is int else -1, properties, digests


def _words(found: Any) -> Mapping[str, str]:
    if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
        return found
    return {}


def _is_whole(entry: Entry) -> bool:
    """Returns whether it has all that a run wrote, as far as one can see without reading it."""
    names = fileio.listdir(entry.files) if fileio.isdir(entry.files) else []
    if entry.span < 0 or not names:
        return False
    if SPLIT_NAMES not in entry.properties:
        return True
    # Of statistics, every split that the entry says it has.
    return bool(entry.splits) and all(
        fileio.isdir(f"{entry.files}/Split-{split}")
        and fileio.listdir(f"{entry.files}/Split-{split}")
        for split in entry.splits
    )


def _span_of(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match["span"]) if match else -1
