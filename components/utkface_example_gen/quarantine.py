"""The artifact that holds what was not accepted, and why."""

import json
from itertools import islice

from tfx.dsl.io import fileio
from tfx.types import artifact

QUARANTINE_KEY = "quarantine"
# JSON Lines: one row a file, with its path, a reason code and a detail.
QUARANTINE_FILE = "quarantine.jsonl"
SUMMARY_FILE = "summary.json"
# An int property of the examples: how many of them are drawings of `utkface sample`.
DRAWINGS_PROPERTY = "drawings"


class Quarantine(artifact.Artifact):
    """The quarantine file and the ingest summary, readable without TFX."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.Quarantine"


def read_quarantine(uri: str, *, most: int) -> list[dict[str, str]]:
    """Returns the first rows of a quarantine file, each with `path`, `reason` and `detail`."""
    with fileio.open(f"{uri}/{QUARANTINE_FILE}", "r") as file:
        return [json.loads(line) for line in islice(file, most)]
