"""The artifact that holds the plots."""

from tfx.types import artifact


class Plots(artifact.Artifact):
    """A folder of SVG files."""

    TYPE_NAME = "Plots"
