"""Checks of an object store that fail within seconds, before any work starts."""

import uuid

from components.storage import s3
from components.storage.remote_places import reaching

_SCHEMES = ("s3://", "minio://")


def check_writable(folder: str) -> None:
    """Writes a small file to a folder on S3, reads, lists and removes it.

    Raises:
      InputError: if the store does not let it; the message says why, and what to check.
    """
    with reaching(folder):
        store = s3.file_system(patient=False)
        key = f"{folder.partition('://')[2]}/probe-{uuid.uuid4().hex}"
        store.pipe_file(key, b"probe")
        found = store.cat_file(key)
        bucket, _, name = key.partition("/")
        store.call_s3("list_objects_v2", Bucket=bucket, Prefix=name)
        store.call_s3("delete_object", Bucket=bucket, Key=name)
        if found != b"probe":
            raise OSError("what was written is not what is read")


def check_reachable(path: str) -> None:
    """Raises InputError if S3 does not answer at all, or there are no credentials.

    Args:
      path: data or another file; paths that are not on S3 are not checked. Whether it exists and
        may be read is not checked either.
    """
    if not path.startswith(_SCHEMES):
        return
    bucket = path.partition("://")[2].partition("/")[0]
    with reaching(path):
        try:
            s3.file_system(patient=False).call_s3("head_bucket", Bucket=bucket)
        except (FileNotFoundError, PermissionError):
            # The keys may be for some files only.
            return
