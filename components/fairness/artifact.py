"""The artifact with the fairness figures of a model, and the names of its properties."""

from tfx.types import artifact

# JSON for programs, and an HTML page.
FIGURES_FILE = "figures.json"
PAGE_FILE = "fairness.html"
# The part that the history keeps.
HEADLINE_FOLDER = "headline"

# Integer and string properties. A query on them finds models published despite missed bounds.
MISSED = "missed"
FIRST_REASON = "first_reason"
# The measure and the slice of the first reason.
FIRST_REASON_TITLE = "first_reason_title"
ACCEPTED_BY = "accepted_by"
ACCEPTED_BECAUSE = "accepted_because"


class FairnessFigures(artifact.Artifact):
    """Property `missed` is the number of missed bounds; `first_reason` is the first reason."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.FairnessFigures"
