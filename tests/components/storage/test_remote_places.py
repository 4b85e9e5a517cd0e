"""An unreachable path is reported in one line that names the path."""

import pytest
import s3fs
from tfx.dsl.io import filesystem_registry

from components.errors import InputError
from components.ingest.sources import source
from components.storage import files
from components.storage.remote_places import check_scheme, reaching


@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS", "ftp", "sftp"])
def test_schemes_that_cannot_list_folders_are_rejected_with_advice(scheme: str) -> None:
    with pytest.raises(InputError) as caught:
        check_scheme(f"{scheme}://host/faces.zip")
    assert str(caught.value) == (
        f"{scheme}://host/faces.zip: expected a path on this machine, or on an object store, such "
        f"as s3:// or gs://; found {scheme}://. Fetch the files first, e.g. with `curl -LO`."
    )


@pytest.mark.parametrize("path", ["faces", "/faces.zip", "s3://b/x", "gs://b/x", "minio://b/x"])
def test_local_and_object_store_paths_are_accepted(path: str) -> None:
    check_scheme(path)


def test_an_error_of_a_store_becomes_one_line_that_names_the_path() -> None:
    with pytest.raises(InputError) as caught, reaching("gs://b/x"):
        raise PermissionError("You may not.\nwhen reading gs://b/x")
    assert str(caught.value) == (
        "gs://b/x: expected a reachable place; PermissionError: You may not. Check that the "
        "keys may read, write, list and remove files there."
    )
    error = InputError("gs://b/x: expected a folder")
    with pytest.raises(InputError) as again, reaching("gs://b/x"):
        raise error
    assert again.value is error


@pytest.mark.parametrize("look", [files.isdir, files.glob, source.resolve])
def test_missing_credentials_are_reported_with_the_variables_to_set(
    look, monkeypatch, tmp_path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    # The registration, and the client with these settings, are undone after the test.
    registry = filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY
    for name, value in vars(registry).items():
        if isinstance(value, dict):
            monkeypatch.setattr(registry, name, dict(value))
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError) as caught:
        look("s3://no-such-bucket-of-ours/faces")
    s3fs.S3FileSystem.clear_instance_cache()
    assert str(caught.value) == (
        "s3://no-such-bucket-of-ours/faces: expected a reachable place; "
        "NoCredentialsError: Unable to locate credentials. Set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY."
    )
