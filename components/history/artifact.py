"""The artifact of a new history entry, and the names of its properties."""

from tfx.types import artifact

# Properties of HistoryLookup's results. FOUND is 1 or 0; ENTRY and SPAN describe the entry.
FOUND = "found"
ENTRY = "history_entry"
SPAN = "history_span"
# On a training state: why the state of the entry is not used; empty if it is used.
WHY_NOT = "why_not"
# On statistics: the digest of the schema under which they were accepted.
SCHEMA = "schema"
# On statistics: the greatest span accepted so far; -1 if there is none.
NEWEST_SPAN = "newest_span"


class HistoryRecord(artifact.Artifact):
    """A history entry, named in its property `history_entry`; absent if nothing was recorded."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.HistoryRecord"


class MeasuredModels(artifact.Artifact):
    """The measured results of earlier models: a folder each, whose names sort by age."""

    TYPE_NAME = "utkface.MeasuredModels"
