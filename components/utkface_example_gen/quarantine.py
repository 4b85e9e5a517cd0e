"""The artifact that holds what was not accepted, and why."""

from tfx.types import artifact

QUARANTINE_KEY = "quarantine"
# JSON Lines: one row a file, with its path, a reason code and a detail.
QUARANTINE_FILE = "quarantine.jsonl"
SUMMARY_FILE = "summary.json"
# An int property of the examples: how many of them are drawings of `utkface sample`.
DRAWINGS_PROPERTY = "drawings"


class Quarantine(artifact.Artifact):
    """The quarantine file and the ingest summary, readable without TFX."""

    TYPE_NAME = "Quarantine"
