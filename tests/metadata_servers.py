"""Database servers for tests: MariaDB and PostgreSQL of Debian's packages, on this machine."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.root.metadata_server import LONG_TEXT_SQL
from tests.beam_services import free_port, wait_for

USER, DATABASE = "pipeline", "records"
# Found however the rest is escaped.
PLAIN_PART = "qX7Zk9mW4d"
# With characters that connection strings and shells read as syntax.
PASSWORD = PLAIN_PART + r"""' \"%;$"""
_SECONDS = 60


class Server:
    """A server with an empty database, and a user who may use it.

    Attributes:
      url: the setting `metadata`.
      secret: the environment of a command that uses the server.
      port: its port.
    """

    def __init__(self, kind: str, command: Sequence[str], folder: Path, port: int, run_as: str):
        self.url = f"{kind}://{USER}@127.0.0.1:{port}/{DATABASE}"
        self.secret = {"UTKFACE_METADATA_PASSWORD": PASSWORD}
        self.port = port
        self._command = [*_as(run_as), *command]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_for(f"localhost:{self.port}", self._process)

    def stop(self) -> None:
        """Stops the server at once, whoever is connected."""
        if self._process:
            # PostgreSQL's fast shutdown; MariaDB takes any of these signals.
            self._process.send_signal(signal.SIGINT if "postgres" in self.url else signal.SIGTERM)
            self._process.wait(_SECONDS)
            self._process = None


class MariaDb(Server):
    """MariaDB."""

    def __init__(self, folder: Path) -> None:
        program = _program("mariadbd", "mariadb-server")
        port, run_as = free_port(), "mysql"
        _own(folder, run_as)
        shared = ["--no-defaults", f"--datadir={folder}/data"]
        options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        _run([*_as(run_as), "mariadb-install-db", *shared, *options])
        self._socket = str(folder / "socket")
        command = [program, *shared, f"--socket={self._socket}", f"--port={port}"]
        command += ["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]
        super().__init__("mysql", command, folder, port, run_as)

    def create(self) -> None:
        """Creates the user and the database."""
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        self.sql(f"CREATE USER {USER} IDENTIFIED BY '{quoted}'")
        self.add_database(DATABASE)

    def add_database(self, name: str) -> str:
        """Creates an empty database; returns its URL."""
        self.sql(f"CREATE DATABASE {name}")
        self.sql(f"GRANT ALL ON {name}.* TO {USER}")
        return self.url.replace(DATABASE, name)

    def sql(self, statement: str) -> str:
        """Runs a statement as the administrator; returns the rows."""
        client = ["mariadb", "--no-defaults", "-u", "root", f"--socket={self._socket}"]
        command = [*client, "--batch", "--skip-column-names", f"--execute={statement}"]
        return _run(command, MYSQL_PWD="")


class PostgreSql(Server):
    """PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        program = _program("postgres", "postgresql")
        port, run_as = free_port(), "postgres"
        _own(folder, run_as)
        binaries, data = Path(program).parent, f"{folder}/data"
        password = folder / "password"
        password.write_text("admin")
        options = ["--username=admin", f"--pwfile={password}", "--auth=scram-sha-256"]
        options += ["--encoding=UTF8", "--no-locale", f"--pgdata={data}"]
        _run([*_as(run_as), str(binaries / "initdb"), *options])
        self._client = str(binaries / "psql")
        command = [program, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        super().__init__("postgresql", [*command, "-c", "fsync=off"], folder, port, run_as)

    def create(self) -> None:
        """Creates the user and the database."""
        quoted = PASSWORD.replace("'", "''")
        self.sql(f"CREATE USER {USER} PASSWORD '{quoted}'", "postgres")
        self.add_database(DATABASE)

    def add_database(self, name: str) -> str:
        """Creates an empty database; returns its URL."""
        self.sql(f"CREATE DATABASE {name} OWNER {USER}", "postgres")
        return self.url.replace(DATABASE, name)

    def sql(self, statement: str, database: str = DATABASE) -> str:
        """Runs a statement as the administrator; returns the rows."""
        place = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "admin", "-d", database]
        options = ["--no-align", "--tuples-only", "--field-separator=\t", f"--command={statement}"]
        return _run([self._client, *place, *options], PGPASSWORD="admin")

    def take_long_text(self) -> None:
        """Removes indexes after the tables are created, as the refusal of a run says."""
        self.sql(LONG_TEXT_SQL)


SERVERS = {"mariadb": MariaDb, "postgresql": PostgreSql}


@contextlib.contextmanager
def metadata_server(name: str) -> Iterator[MariaDb | PostgreSql]:
    """Runs a server, with its data in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        server = SERVERS[name](Path(folder))
        try:
            server.start()
            server.create()
            yield server
        finally:
            server.stop()


def _program(name: str, package: str) -> str:
    """Returns the path of a server's program; skips the test if it is absent."""
    folders = [
        *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
        os.environ["PATH"],
        "/usr/sbin",
    ]
    path = shutil.which(name, path=os.pathsep.join(folders))
    if not path:
        pytest.skip(f"{name} is absent: apt-get install {package}")
    return path


def _own(folder: Path, user: str) -> None:
    # The servers refuse to run as root.
    if os.geteuid() == 0:
        shutil.chown(folder, user)
        folder.chmod(0o755)


def _as(user: str) -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _run(command: Sequence[str], **environment: str) -> str:
    deadline = time.monotonic() + _SECONDS
    while True:
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )
        if ended.returncode == 0:
            return ended.stdout
        # A server listens before it takes commands.
        if "starting up" not in ended.stderr or time.monotonic() > deadline:
            raise RuntimeError(f"{command[0]}: {ended.stderr}")
        time.sleep(0.1)
