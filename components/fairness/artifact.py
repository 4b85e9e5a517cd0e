"""The artifact that says who a model fails, and what its properties are called."""

from tfx.types import artifact

# JSON for programs, and a page for people.
FIGURES_FILE = "figures.json"
PAGE_FILE = "fairness.html"
# What is kept in the history.
HEADLINE_FOLDER = "headline"

# Integer and string properties; a query finds what a person had published all the same.
MISSED = "missed"
FIRST_REASON = "first_reason"
# Which measure of which slice it is about.
FIRST_REASON_TITLE = "first_reason_title"
ACCEPTED_BY = "accepted_by"
ACCEPTED_BECAUSE = "accepted_because"


class FairnessFigures(artifact.Artifact):
    """Its property `missed` counts the bounds that are missed; `first_reason` is the surest."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.FairnessFigures"
