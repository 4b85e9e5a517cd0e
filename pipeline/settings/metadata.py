"""Where ML Metadata keeps the records of runs: an SQLite file in the root, or a server."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SQLITE = "sqlite"
_PORTS = {"mysql": 3306, "postgresql": 5432}
_EXPECTED = (
    f"expected {SQLITE}, mysql://USER@HOST:PORT/DATABASE or postgresql://USER@HOST:PORT/DATABASE"
)
PASSWORD_VARIABLE = "UTKFACE_METADATA_PASSWORD"
PASSWORD_FILE_VARIABLE = "UTKFACE_METADATA_PASSWORD_FILE"


@dataclass(frozen=True)
class MetadataServer:
    """A database on a server. The password is not part of it.

    Attributes:
      kind: `mysql`, which includes MariaDB, or `postgresql`.
      user: the user who logs in.
      host, port: the address of the server.
      database: the name of the database.
    """

    kind: str
    user: str
    host: str
    port: int
    database: str

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


def parse_metadata(text: str) -> MetadataServer | None:
    """Returns the server in the setting `metadata`; None for SQLite.

    Raises:
      ValueError: if the setting is neither; the message quotes nothing of it.
    """
    if text == SQLITE:
        return None
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:  # Python's message quotes the host or the port
        raise ValueError(_EXPECTED) from None
    if url.password is not None:
        raise ValueError(
            f"{_EXPECTED}; found a password in the URL. Put the password into the environment "
            f"variable {PASSWORD_VARIABLE}, or its file's path into {PASSWORD_FILE_VARIABLE}"
        )
    user, host, database = unquote(url.username or ""), url.hostname or "", url.path[1:]
    plain = not (url.query or url.fragment or "/" in database or any(map(_is_odd, text)))
    if url.scheme not in _PORTS or not (user and host and database and plain):
        raise ValueError(_EXPECTED)
    port = _PORTS[url.scheme] if port is None else port
    if not port or any(map(_is_odd, user + unquote(database))):
        raise ValueError(_EXPECTED)
    return MetadataServer(url.scheme, user, host, port, unquote(database))


def _is_odd(character: str) -> bool:
    """Returns whether a connection string to PostgreSQL would read a character as syntax."""
    return character.isspace() or not character.isprintable() or character in "'\\"
