"""Paths of the local copies of artifacts: SCHEME://BUCKET/KEY is FOLDER/SCHEME/BUCKET/KEY.

These are the paths that the launcher of Kubeflow Pipelines uses, with `/` as the folder.
"""

import re

_FOLDERS = {"gs": "gcs", "s3": "s3", "minio": "minio"}
_SCHEMES = {folder: scheme for scheme, folder in _FOLDERS.items()}


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
