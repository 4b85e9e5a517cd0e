"""Remote places: which schemes are supported, and errors that name the place."""

import contextlib
from collections.abc import Iterator

from components.errors import InputError
from components.storage.credentials import ADVICE, has_credentials

# Schemes that serve single files, but list no folders.
_NOT_LISTED = frozenset({"http", "https", "ftp", "ftps", "sftp", "ssh", "scp"})
_ADVICE = {
    "NoCredentialsError": " Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "PartialCredentialsError": " Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "EndpointConnectionError": " Check AWS_ENDPOINT_URL, and that the store is running.",
    "PermissionError": " Check that the keys may read, write, list and remove files there.",
    "FileNotFoundError": " Check that the bucket exists.",
}


def check_scheme(path: str) -> None:
    """Raises InputError if a path has credentials, or a scheme that does not support listing."""
    if has_credentials(path):
        raise InputError(f"A path: {ADVICE}.")
    scheme, separator, _ = path.partition("://")
    if separator and scheme.lower() in _NOT_LISTED:
        raise InputError(
            f"{path}: expected a path on this machine, or on an object store, such as s3:// or "
            f"gs://; found {scheme}://. Fetch the files first, e.g. with `curl -LO`."
        )


@contextlib.contextmanager
def reaching(uri: str) -> Iterator[None]:
    """Converts the errors of any store to InputError, with the name of the place.

    Raises:
      InputError: with one line, in place of any other error.
    """
    check_scheme(uri)
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        name = type(error).__name__
        first, *_ = str(error).splitlines() or [""]
        raise InputError(
            f"{uri}: expected a reachable place; {name}: {first.rstrip('.')}."
            f"{_ADVICE.get(name, '')}"
        ) from error
