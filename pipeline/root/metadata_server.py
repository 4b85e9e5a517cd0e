"""Connections to ML Metadata on a MySQL, MariaDB or PostgreSQL server."""

import os
import random
import re
import socket
import time
from pathlib import Path

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.compat.mlmd_internals import accept_backslashes, repeat_conflicts
from pipeline.console.quiet import capture_stderr
from pipeline.settings.metadata import (
    PASSWORD_FILE_VARIABLE,
    PASSWORD_VARIABLE,
    MetadataServer,
)

# The client libraries read the password from here, so that it enters no configuration of TFX,
# which TFX logs.
_CLIENT_VARIABLES = {"mysql": "MYSQL_PWD", "postgresql": "PGPASSWORD"}
_NAMES = {"mysql": "MySQL or MariaDB", "postgresql": "PostgreSQL"}
# Seconds for the first answer of a server.
_TIMEOUT = 5
# Another process may just create the tables, and PostgreSQL may just start.
_PASSING = re.compile(
    "table .*(does not|doesn't|already) exist|subset of tables|no schema_version|duplicate|retry"
    "|deadlock|concurrent|starting up",
    re.IGNORECASE,
)
_ATTEMPTS = 10
# The type of the execution that a check writes.
_CHECK = "utkface.check"
# Only queries with a filter use these indexes; neither TFX nor this project sends one for text.
LONG_TEXT_SQL = (
    "DROP INDEX idx_artifact_property_string, idx_context_property_string, "
    "idx_execution_property_string;"
)
# PostgreSQL's SSLRequest; the answer is one byte.
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
# The third part of MySQL's first packet: the version of the protocol, or an error.
_MYSQL_PROTOCOL, _MYSQL_ERROR = 10, 255


def server_config(server: MetadataServer) -> mlmd.ConnectionConfig:
    """Returns the connection to a server, without the password."""
    config = mlmd.ConnectionConfig()
    if server.kind == "mysql":
        # MySQL's client takes the name localhost for a socket in a folder of the distribution.
        host = "127.0.0.1" if server.host == "localhost" else server.host
        config.mysql.host, config.mysql.port = host, server.port
        config.mysql.user, config.mysql.database = server.user, server.database
        config.mysql.skip_db_creation = True
    else:
        config.postgresql.host, config.postgresql.port = server.host, str(server.port)
        config.postgresql.user, config.postgresql.dbname = server.user, server.database
        config.postgresql.skip_db_creation = True
    return config


def connect(server: MetadataServer) -> MetadataStore:
    """Connects to the database on a server; an empty database gets its tables.

    Raises:
      InputError: if the server does not answer within seconds, refuses the user or the database, or
        the tables are of a release that this one cannot use; the message says what to do.
    """
    check_answers(server)
    _use_password(server)
    reason = ""
    for _ in range(_ATTEMPTS):
        with capture_stderr() as captured:
            try:
                store = MetadataStore(server_config(server))
                # Tables of another release fail only at the first query.
                store.get_context_types()
            except (RuntimeError, errors.StatusError) as error:
                reason = _reason(str(error), captured())
            else:
                return adapt(store, server)
        if not _PASSING.search(reason):
            break
        time.sleep(random.uniform(0.2, 1))
    given = "set" if os.environ.get(_CLIENT_VARIABLES[server.kind]) else "not set"
    advice = (
        f"Create the database, grant the user all rights to it, and put the password into "
        f"{PASSWORD_VARIABLE} (now {given})"
    )
    if server.kind == "mysql":
        advice += "; MySQL 8 also needs the user to be IDENTIFIED WITH mysql_native_password"
    raise InputError(
        f"metadata: expected to use the database {server.database} at {server.address} as the user "
        f"{server.user}; {reason}. {advice}."
    )


def check_takes_long_text(store: MetadataStore, server: MetadataServer) -> None:
    """Checks that the database takes settings and error messages of thousands of characters.

    ML Metadata makes indexes on PostgreSQL that do not. The check leaves one execution behind, and
    needs no second one.

    Raises:
      InputError: if it does not; the message says how to remove the indexes.
    """
    name = "long text"
    if server.kind != "postgresql" or store.get_execution_by_type_and_name(_CHECK, name):
        return
    kind = store.put_execution_type(mlmd.ExecutionType(name=_CHECK))
    execution = mlmd.Execution(type_id=kind, name=name, last_known_state=mlmd.Execution.COMPLETE)
    # PostgreSQL would compress regular text.
    execution.custom_properties[name].string_value = random.Random(0).randbytes(5000).hex()
    try:
        with capture_stderr():
            store.put_executions([execution])
    except errors.AlreadyExistsError:  # another run checks too
        return
    except errors.StatusError as error:
        if "index row" not in str(error):
            raise
        raise InputError(
            f"metadata: expected the database {server.database} at {server.address} to take long "
            f"text; indexes of ML Metadata prevent it. Run once in the database: {LONG_TEXT_SQL}"
        ) from None


def adapt(store: MetadataStore, server: MetadataServer) -> MetadataStore:
    """Returns a new store that takes what a run writes, also beside other runs."""
    return accept_backslashes(store) if server.kind == "postgresql" else repeat_conflicts(store)


def check_answers(server: MetadataServer) -> None:
    """Checks within seconds that a server of the right kind answers.

    Raises:
      InputError: if none answers.
    """
    try:
        with socket.create_connection((server.host, server.port), _TIMEOUT) as connection:
            connection.settimeout(_TIMEOUT)
            problem = _greet(connection, server.kind)
    except (OSError, OverflowError, UnicodeError) as error:
        problem = f"found none ({error})"
    if problem:
        raise InputError(
            f"metadata: expected a {_NAMES[server.kind]} server at {server.address}; {problem}. "
            "Start it, or correct the URL."
        )


def _greet(connection: socket.socket, kind: str) -> str:
    """Returns why this is no server of a kind; empty if it is one."""
    if kind == "postgresql":
        connection.sendall(_SSL_REQUEST)
        return "" if connection.recv(1) in (b"S", b"N") else "found another service"
    packet = connection.recv(4096)[4:]
    if packet[:1] == bytes([_MYSQL_ERROR]):
        return f"it refuses connections: {packet[3:].decode(errors='replace').strip()}"
    return "" if packet[:1] == bytes([_MYSQL_PROTOCOL]) else "found another service"


def _use_password(server: MetadataServer) -> None:
    """Gives the client library the password.

    Raises:
      InputError: if two passwords are set, or the file cannot be read.
    """
    password, path = (os.environ.get(name) for name in (PASSWORD_VARIABLE, PASSWORD_FILE_VARIABLE))
    if password and path:
        raise InputError(
            f"Expected {PASSWORD_VARIABLE} or {PASSWORD_FILE_VARIABLE}; both are set. Unset one."
        )
    if path:
        try:
            password = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise InputError(
                f"{PASSWORD_FILE_VARIABLE}: expected a file with the password; {path}: {reason}"
            ) from None
    if password:
        os.environ[_CLIENT_VARIABLES[server.kind]] = password


def _reason(message: str, log: str) -> str:
    """Returns why a server refused a connection, from ML Metadata's error and log."""
    logged = [line.partition("PostgreSQL error: ")[2] for line in log.splitlines()]
    found = next(filter(None, logged), "")
    if "mysql_real_connect failed" in message:
        found = "it accepts neither the user nor the password"
    if not found:
        # The same text stands on both sides of this mark.
        found = message.rpartition(", error: ")[2] or message
    return "the server refused: " + " ".join(found.split()).rstrip(".")
