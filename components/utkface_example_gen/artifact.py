"""The ledger as a TFX artifact."""

from tfx.types import artifact

LEDGER_KEY = "ledger"
# An int property of examples: how many of them are drawings of `utkface sample`.
DRAWINGS_PROPERTY = "drawings"


class Ledger(artifact.Artifact):
    """A row for each listed file, and their summary, readable without TFX."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.Ledger"
