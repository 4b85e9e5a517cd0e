"""The folder of the local copies of artifacts that the launcher of Kubeflow Pipelines makes.

Before a step, the launcher copies SCHEME://BUCKET/KEY to /SCHEME/BUCKET/KEY. Afterwards it copies
the outputs back. TFX receives the URIs, and cannot read all of them.
"""

import os

from pipeline.settings.reserved_variables import STAGING_VARIABLE

# Vertex AI refuses an environment variable without a value.
NO_STAGING = "none"


def staging_folder() -> str | None:
    """Returns the folder of the copies, without a trailing slash; None if there are none."""
    folder = os.environ.get(STAGING_VARIABLE, "/")
    return None if folder == NO_STAGING else folder.rstrip("/")
