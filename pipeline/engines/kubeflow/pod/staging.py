"""Where the launcher of Kubeflow Pipelines keeps local copies of artifacts.

It copies what lies at SCHEME://BUCKET/KEY to /SCHEME/BUCKET/KEY before a step, and what the
step writes there back after it. TFX is given the URIs, and cannot read all of them.
"""

import os
import re

from pipeline.settings.reserved_variables import STAGING_VARIABLE

# Vertex AI refuses a variable without a value.
NO_STAGING = "none"

_FOLDERS = {"gs": "gcs", "s3": "s3", "minio": "minio"}
_SCHEMES = {folder: scheme for scheme, folder in _FOLDERS.items()}


def staging_folder() -> str | None:
    """Returns the folder under which copies lie, without a slash; None if there are none."""
    folder = os.environ.get(STAGING_VARIABLE, "/")
    return None if folder == NO_STAGING else folder.rstrip("/")


def to_local(uri: str, folder: str) -> str:
    """Returns the path of the copy of what lies at a URI; anything else as it is."""
    match = re.fullmatch(r"(gs|s3|minio)://(.+)", uri)
    return f"{folder}/{_FOLDERS[match[1]]}/{match[2]}" if match else uri


def name_uris(text: str, folder: str) -> str:
    """Returns a message with URIs in place of the copies, which are gone when it is read."""
    path = rf"(?<!\S){re.escape(folder)}/(gcs|s3|minio)/(?=\S)"
    return re.sub(path, lambda match: f"{_SCHEMES[match[1]]}://", text)


def to_uri(path: str, folder: str) -> str:
    """Returns the URI whose copy a path is; anything else as it is."""
    match = re.fullmatch(re.escape(folder) + r"/(gcs|s3|minio)/(.+)", path)
    return f"{_SCHEMES[match[1]]}://{match[2]}" if match else path
