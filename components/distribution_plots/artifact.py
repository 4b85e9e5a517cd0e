"""The artifact that holds the plots."""

from tfx.types import artifact


class Plots(artifact.Artifact):
    """A folder of SVG files."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.Plots"
