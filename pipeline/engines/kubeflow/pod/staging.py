"""Paths of the local copies of artifacts that the launcher of Kubeflow Pipelines makes.

Before a step, the launcher copies SCHEME://BUCKET/KEY to /SCHEME/BUCKET/KEY. Afterwards it copies
the outputs back. TFX receives the URIs, and cannot read all of them.
"""

import os
import re

from pipeline.settings.reserved_variables import STAGING_VARIABLE

# Vertex AI refuses an environment variable without a value.
NO_STAGING = "none"

_FOLDERS = {"gs": "gcs", "s3": "s3", "minio": "minio"}
_SCHEMES = {folder: scheme for scheme, folder in _FOLDERS.items()}


def staging_folder() -> str | None:
    """Returns the folder of the copies, without a trailing slash; None if there are none."""
    folder = os.environ.get(STAGING_VARIABLE, "/")
    return None if folder == NO_STAGING else folder.rstrip("/")


def to_local(uri: str, folder: str) -> str:
    """Returns the path of the local copy of a URI; other text unchanged."""
    match = re.fullmatch(r"(gs|s3|minio)://(.+)", uri)
    return f"{folder}/{_FOLDERS[match[1]]}/{match[2]}" if match else uri


def name_uris(text: str, folder: str) -> str:
    """Replaces paths of copies in a message with URIs, because the copies will be gone."""
    path = rf"(?<!\S){re.escape(folder)}/(gcs|s3|minio)/(?=\S)"
    return re.sub(path, lambda match: f"{_SCHEMES[match[1]]}://", text)


def to_uri(path: str, folder: str) -> str:
    """Returns the URI of a local copy; other text unchanged."""
    match = re.fullmatch(re.escape(folder) + r"/(gcs|s3|minio)/(.+)", path)
    return f"{_SCHEMES[match[1]]}://{match[2]}" if match else path
