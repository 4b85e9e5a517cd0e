"""The artifact that holds a model card."""

from tfx.types import artifact

MARKDOWN_FILE, PAGE_FILE = "model_card.md", "model_card.html"


class ModelCards(artifact.Artifact):
    """A model card as Markdown and as a page."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.ModelCards"
