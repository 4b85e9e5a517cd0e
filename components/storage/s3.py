"""Requests to an S3 store, through s3fs: each is repeated if the store is busy or unreachable.

Endpoint, credentials and retries come from the AWS variables, such as AWS_ENDPOINT_URL,
AWS_ACCESS_KEY_ID and AWS_MAX_ATTEMPTS.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

# Bytes of a file that are in memory at a time. S3 allows 10,000 parts in a file.
BLOCK = 16 << 20
# With their pauses these take 45 seconds, longer than most disturbances.
_ATTEMPTS = 10
_RETRIES = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
_SET_BY_USER = ("AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE")
# The most keys that S3 deletes in a request.
_DELETED_TOGETHER = 1000


def file_system(*, patient: bool = True) -> Any:
    """Returns the file system of s3fs; s3fs caches the instance.

    Args:
      patient: whether requests are repeated for a minute; otherwise they fail within seconds.

    Raises:
      ModuleNotFoundError: if s3fs is not installed.
    """
    try:
        import s3fs
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Expected s3fs, which reads and writes s3:// and minio://. It is not installed: "
            "install the `kubeflow` extra (pip install '.[kubeflow]' in the project's "
            "folder)."
        ) from error
    options: dict[str, Any] = {}
    if not patient:
        retries = {"mode": "standard", "total_max_attempts": 3}
        options = {"retries": retries, "connect_timeout": 5, "read_timeout": 20}
    elif not any(map(os.environ.get, _SET_BY_USER)):
        options = {"retries": _RETRIES}
    return s3fs.S3FileSystem(
        # A cached listing would hide later writes of other processes.
        use_listings_cache=False,
        default_block_size=BLOCK,
        config_kwargs=options,
    )


def pages(key: str, delimiter: str = "") -> Iterator[dict[str, Any]]:
    """Yields the listing of everything under a folder, with 1,000 keys in a request.

    Args:
      key: the folder, BUCKET/KEY.
      delimiter: `/` to list only the folder itself: names of folders are its `CommonPrefixes`.
    """
    bucket, _, prefix = key.partition("/")
    arguments = {"Bucket": bucket, "Prefix": prefix and f"{prefix}/", "Delimiter": delimiter}
    while True:
        page = file_system().call_s3("list_objects_v2", **arguments)
        yield page
        if not page.get("IsTruncated"):
            return
        arguments["ContinuationToken"] = page["NextContinuationToken"]


def keys_under(key: str) -> Iterator[str]:
    """Yields the keys of all files under a folder, without the bucket, in the store's order."""
    for page in pages(key):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def delete(bucket: str, keys: Sequence[str]) -> None:
    """Removes files, 1,000 in a request.

    Raises:
      OSError: if the store does not remove one of them.
    """
    left = iter(keys)
    while batch := [*islice(left, _DELETED_TOGETHER)]:
        request = {"Objects": [{"Key": key} for key in batch], "Quiet": True}
        answer = file_system().call_s3("delete_objects", Bucket=bucket, Delete=request)
        for error in answer.get("Errors", ()):
            raise OSError(
                f"s3://{bucket}/{error['Key']}: expected to remove it; the store answered "
                f"{error.get('Code')}: {error.get('Message')}"
            )
