"""The setting `metadata`, which holds no password."""

import pytest

from pipeline.settings.config import ConfigError, load_config
from pipeline.settings.metadata import MetadataServer, parse_metadata


def test_sqlite_is_the_default() -> None:
    assert parse_metadata(load_config(data="faces").metadata) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://me@host:99/db", MetadataServer("mysql", "me", "host", 99, "db")),
        ("mysql://me@host/db", MetadataServer("mysql", "me", "host", 3306, "db")),
        ("postgresql://a%40b@[::1]/d", MetadataServer("postgresql", "a@b", "::1", 5432, "d")),
    ],
)
def test_a_server_is_parsed(url: str, expected: MetadataServer) -> None:
    assert parse_metadata(load_config(data="faces", metadata=url).metadata) == expected


@pytest.mark.parametrize(
    "url",
    [
        "SQLite",
        "mysql",
        "mysql://host/db",
        "mysql://me@host",
        "mysql://me@host/",
        "mysql://me@/db",
        "mysql://me@host:0/db",
        "mysql://me@host:x/db",
        "mysql://me@host/db/more",
        "mysql://me@host/db?password=top-secret",
        "postgresql://me@host/db' password='top-secret",
        "postgresql://me%27@host/db",
        "mariadb://me@host/db",
        "http://me@host/db",
    ],
)
def test_anything_else_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(data="faces", metadata=url)
    assert str(error.value) == (
        "metadata: expected sqlite, mysql://USER@HOST:PORT/DATABASE or "
        "postgresql://USER@HOST:PORT/DATABASE; the value is hidden because it may contain a secret"
    )


@pytest.mark.parametrize("url", ["mysql://me:top-secret@host/db", "mysql://me:@host/db"])
def test_a_password_in_the_url_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigError, match="found a password in the URL") as error:
        load_config(data="faces", metadata=url)
    assert "environment variable UTKFACE_METADATA_PASSWORD" in str(error.value)
    assert "top-secret" not in str(error.value)


def test_an_override_that_is_no_yaml_is_not_quoted() -> None:
    with pytest.raises(ConfigError) as error:
        load_config(overrides=["metadata=[mysql://me:top-secret@host/db"])
    assert "top-secret" not in str(error.value)


def test_the_url_is_hidden_where_settings_are_printed() -> None:
    assert "host/db" not in repr(load_config(data="faces", metadata="mysql://me@host/db"))
