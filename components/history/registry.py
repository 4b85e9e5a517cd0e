"""The history of a pipeline: a folder beside its artifacts, read and written alike by every engine.

TFX finds earlier results with a Resolver, which asks the metadata store. Kubeflow Pipelines
refuses Resolvers, so that the two engines could not share what is built on them.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from tfx.dsl.io import fileio
from tfx.utils import io_utils

BLESSED_MODEL = "blessed_model"
ACCEPTED_STATISTICS = "accepted_statistics"

_ENTRY_FILE = "entry.json"
_FILES = "files"


@dataclass(frozen=True)
class Entry:
    """One thing that a run left.

    Attributes:
      name: begins with the time in UTC, so that names sort by age.
      files: the folder with what was left.
      span: the span of the data it came from.
      properties: what else was said of it.
    """

    name: str
    files: str
    span: int
    properties: Mapping[str, str]


class History:
    """Entries by kind, in `URI/KIND/NAME/`."""

    def __init__(self, uri: str):
        self._uri = uri.rstrip("/")

    def record(self, kind: str, source: str, *, span: int, properties: Mapping[str, str]) -> Entry:
        """Copies a folder into the history.

        Args:
          kind: BLESSED_MODEL or ACCEPTED_STATISTICS.
          source: the folder; its files are copied, so that they outlive the artifact.
          span: the span of the data.
          properties: kept with the entry.
        """
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        name = f"{now}-{uuid.uuid4().hex[:8]}"
        folder = f"{self._uri}/{kind}/{name}"
        io_utils.copy_dir(source, f"{folder}/{_FILES}")
        # Written last: a folder without it is what an interrupted run left.
        document = {"span": span, "properties": dict(properties)}
        with fileio.open(f"{folder}/{_ENTRY_FILE}", "w") as file:
            file.write(json.dumps(document, indent=2) + "\n")
        return self._read(kind, name)

    def latest(self, kind: str) -> Entry | None:
        """Returns the youngest entry of a kind."""
        return next(self._youngest_first(kind), None)

    def newest_span(self) -> int | None:
        """Returns the greatest span whose data was accepted."""
        return max(
            (entry.span for entry in self._youngest_first(ACCEPTED_STATISTICS)), default=None
        )

    def _youngest_first(self, kind: str) -> Iterator[Entry]:
        folder = f"{self._uri}/{kind}"
        if not fileio.isdir(folder):
            return
        # Object stores may give a folder's name with a slash.
        for name in sorted((name.rstrip("/") for name in fileio.listdir(folder)), reverse=True):
            if fileio.exists(f"{folder}/{name}/{_ENTRY_FILE}"):
                yield self._read(kind, name)

    def _read(self, kind: str, name: str) -> Entry:
        folder = f"{self._uri}/{kind}/{name}"
        with fileio.open(f"{folder}/{_ENTRY_FILE}", "r") as file:
            document = json.loads(file.read())
        return Entry(name, f"{folder}/{_FILES}", document["span"], document["properties"])
