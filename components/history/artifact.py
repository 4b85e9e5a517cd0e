"""The artifact that says what was added to the history, and what its properties are called."""

from tfx.types import artifact

# Properties of what HistoryLookup found; FOUND is 1 or 0, ENTRY and SPAN are the entry's.
FOUND = "found"
ENTRY = "history_entry"
SPAN = "history_span"
# On a training state: why the one of the entry is not taken; empty if it is.
WHY_NOT = "why_not"
# On the statistics: the digest of the schema that they were accepted under.
SCHEMA = "schema"
# On the statistics: the greatest span accepted so far, -1 if there is none.
NEWEST_SPAN = "newest_span"


class HistoryRecord(artifact.Artifact):
    """Its property `history_entry` names the entry; it has none if nothing was recorded."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.HistoryRecord"


class MeasuredModels(artifact.Artifact):
    """What the models of the runs before came to: a folder each, whose names sort by age."""

    TYPE_NAME = "utkface.MeasuredModels"
