"""The artifact that holds a model card."""

from tfx.types import artifact

MARKDOWN_FILE, PAGE_FILE = "model_card.md", "model_card.html"


class ModelCards(artifact.Artifact):
    """The same card as Markdown and as a page."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.ModelCards"
