"""Addresses with a password or a token are recognized, and others are not."""

import pytest

from components.errors import InputError
from components.storage.credentials import find_credentials, has_credentials, without_passwords
from components.storage.remote_places import check_scheme


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA:secret@bucket/faces",
        "--option=S3://k:@b",
        "https://user:pass:word@host:80/x",
        "https://host/x.zip?X-Amz-Signature=secret",
        "https://host/x?a=b&sig=secret",
        "https://host/x?access_token=secret",
    ],
)
def test_credentials_are_recognized(text: str) -> None:
    assert has_credentials(text)
    with pytest.raises(InputError, match="the value is hidden") as caught:
        check_scheme(text)
    assert "secret" not in str(caught.value) and "AKIA" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/a:b@c",
        "s3://bucket/faces?.tar",
        "mysql://me@host:3306/db",
        "http://host:9000/x?page=2",
        "/data/a:b@c",
        "gs://bucket/x#t:1@2",
        "",
    ],
)
def test_other_addresses_are_permitted(text: str) -> None:
    assert not has_credentials(text) and without_passwords(text) == text


def test_nested_settings_are_named() -> None:
    found = find_credentials(
        {"data": ["/a", "s3://k:s@b"], "kubeflow": {"env": {"URL": "http://u:p@h"}}, "epochs": 3}
    )
    assert list(found) == ["data.1", "kubeflow.env.URL"]
    assert without_passwords("on http://u:p@h:1: no, s3://k:s@b/x") == "on http://h:1: no, s3://b/x"
