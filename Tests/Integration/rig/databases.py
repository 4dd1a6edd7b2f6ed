"""PostgreSQL and MariaDB from Debian, on loopback and in a directory that is thrown away.

    python -m rig.databases COMMAND…     runs a command with the servers there, and their names in its environment

Each kind runs twice: one server that whoever wants may use at the same time, and a victim that tests stop and kill, and
that is started again when it has ended. Nothing of the system's own servers is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ports import LOOPBACK, PortBlock
from .process import Child, RigError, children, freeze

NAME = "tandem"
"""The database, and the user that owns it and may make others whose names begin with it."""
ADMINISTRATOR = f"{NAME}_admin"
"""Who may change a server's settings; the password is the same."""
PASSWORD = "it's {a} pass;word\\"
"""All that has to be written in a special way, in one kind of data source or the other."""
_START_SECONDS = 60
_SHARE = Path("/usr/share/mysql")
"""Where MariaDB's package keeps the scripts that make its own tables."""


def as_user(command: list[str]) -> list[str]:
    """The command, as somebody whom the servers accept: neither of them runs as root."""
    if os.getuid() != 0:
        return command
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL", *command]


def run_as_user(command: list[str], text: str = "") -> None:
    """Runs a command to its end, as the user that the servers run as."""
    done = subprocess.run(as_user(command), input=text, text=True, cwd="/", capture_output=True)
    if done.returncode != 0:
        raise RigError(f"{command[0]} failed with status {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")


def _make_certificate(directory: Path) -> None:
    """A certificate for localhost that is its own authority, and its key."""
    run_as_user(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-keyout", str(directory / "key.pem"), "-out", str(directory / "certificate.pem"), "-days", "2",
          "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
    (directory / "key.pem").chmod(0o600)


def make_directory() -> Path:
    """A directory for servers, which the one that runs them may write into."""
    directory = Path(tempfile.mkdtemp(prefix="tandem-databases-"))
    directory.chmod(0o755)
    if os.getuid() == 0:
        shutil.chown(directory, "nobody", "nogroup")
    _make_certificate(directory)
    return directory


@dataclass
class Server:
    """One server with data of its own."""

    directory: Path
    """Where the certificate is, and its data come to be."""
    name: str
    port: int
    child: Child | None = None

    @property
    def data(self) -> Path:
        """The directory of its data."""
        return self.directory / self.name

    @property
    def dsn(self) -> str:
        """How it is named in our configuration."""
        raise NotImplementedError

    @property
    def pid_file(self) -> Path:
        """The file whose first line is the server's process id."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What starts it."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it finds in its environment beside ours."""
        return {}

    def start(self) -> None:
        """Starts it, and waits until it lets clients in."""
        log = self.directory / f"{self.name}.log"
        # A process of PostgreSQL's that waits for a standby when the first one is killed reads its standard input
        # next; it ends when there is none.
        self.child = Child(self.name, as_user(self.command()), log=log, directory=Path("/"),
                           environment=self.environment(), listens=False)
        self.child.wait_for("ready (to accept|for)( read-only)? connections", timeout=_START_SECONDS)

    def prepare(self) -> None:
        """What has to be done before it is started again."""

    @property
    def hold_file(self) -> Path:
        """While it is there, the server is left alone when it has ended."""
        return self.directory / f"{self.name}.hold"

    def stop(self) -> None:
        """Ends it; also one that is stopped."""
        if self.child and self.child.status is None:
            os.kill(self.child.pid, signal.SIGCONT)
        if self.child:
            self.child.stop(grace=20)


class Keeper:
    """Starts servers again that have ended, each on a thread of its own: tests kill them."""

    def __init__(self, servers: list[Server]) -> None:
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._keep, args=(server,), daemon=True) for server in servers]

    def start(self) -> None:
        """Begins to look after them; they have been started."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Leaves them alone."""
        self._ends.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _keep(self, server: Server) -> None:
        while not self._ends.wait(0.1):
            if (server.child and server.child.status is None) or server.hold_file.exists():
                continue
            try:
                server.prepare()
                # Its processes may take a moment to notice that the first of them is gone; then again.
                server.start()
            except RigError as error:
                print(f"{server.name}: {error}", file=sys.stderr)
                server.stop()


class PostgreSQL(Server):
    """A server of PostgreSQL."""

    def program(self, name: str) -> str:
        """One of PostgreSQL's programs."""
        if not (directories := sorted(Path("/usr/lib/postgresql").glob("*/bin"))):
            raise RigError("PostgreSQL's server is not installed")
        return str(directories[-1] / name)

    def create(self, *statements: str) -> None:
        """Makes its data: one database with one user; the statements are carried out in it."""
        run_as_user([self.program("initdb"), "--pgdata", str(self.data), "--username=admin", "--auth-local=trust",
              "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        password = PASSWORD.replace("'", "''")
        run_as_user([self.program("postgres"), "--single", "-D", str(self.data), "postgres"],
             f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE {NAME} OWNER {NAME}\n"
             f"CREATE ROLE {ADMINISTRATOR} LOGIN SUPERUSER PASSWORD '{password}'\n")
        if statements:
            run_as_user([self.program("postgres"), "--single", "-D", str(self.data), NAME],
                 "".join(f"{statement}\n" for statement in statements))

    @property
    def dsn(self) -> str:
        password = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        return f"pgsql://host={LOOPBACK} port={self.port} dbname={NAME} user={NAME} password='{password}'"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def settings(self) -> dict[str, object]:
        """What it is told beside its data."""
        return {"port": self.port, "listen_addresses": LOOPBACK, "unix_socket_directories": "", "fsync": "off",
                "shared_buffers": "16MB", "max_connections": 100, "ssl": "on", "deadlock_timeout": "100ms",
                "ssl_cert_file": self.directory / "certificate.pem", "ssl_key_file": self.directory / "key.pem"}

    def command(self) -> list[str]:
        return [self.program("postgres"), "-D", str(self.data),
                *(part for name, value in self.settings().items() for part in ("-c", f"{name}={value}"))]


    def freeze(self) -> None:
        """Stops all of its processes as they are: its connections stay, the kernel takes new ones, and nobody answers."""
        assert self.child
        # The first of them begins no others from then on. Each has a session of its own, so there is no group of them all.
        freeze(self.child.pid)
        for pid in children(self.child.pid):
            freeze(pid)

    def thaw(self) -> None:
        """Lets them go on."""
        assert self.child
        for pid in (*children(self.child.pid), self.child.pid):
            # Where they run, one of them may end meanwhile.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.child and self.child.status is None:
            self.thaw()
        super().stop()


class MariaDB(Server):
    """A server of MariaDB."""

    @property
    def _program(self) -> str:
        if not (program := shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")):
            raise RigError("MariaDB's server is not installed")
        return program

    def create(self) -> None:
        """Makes its data; the database and its user come to be when it starts."""
        # What mariadb-install-db does, for which other packages would have to be there.
        tables = ["system_tables", "performance_tables", "system_tables_data"]
        script = "".join((_SHARE / f"mysql_{name}.sql").read_text() for name in tables)
        run_as_user(["mkdir", str(self.data)])
        run_as_user([self._program, "--no-defaults", "--bootstrap", f"--datadir={self.data}", "--innodb-log-file-size=8M"],
             f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n{script}")
        password = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        (self.directory / "mariadb.sql").write_text(
            f"CREATE DATABASE IF NOT EXISTS {NAME} CHARACTER SET utf8mb4;\n"
            f"CREATE USER IF NOT EXISTS {NAME} IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON `{NAME}%`.* TO {NAME};\n"
            f"CREATE USER IF NOT EXISTS {ADMINISTRATOR} IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON `{NAME}%`.* TO {ADMINISTRATOR};\n"
            f"GRANT READ_ONLY ADMIN ON *.* TO {ADMINISTRATOR};\n")

    @property
    def dsn(self) -> str:
        password = PASSWORD.replace("}", "}}")
        return f"mariadb://Server={LOOPBACK};Port={self.port};Database={NAME};Uid={NAME};Pwd={{{password}}};"

    @property
    def pid_file(self) -> Path:
        return self.data / "server.pid"

    def command(self) -> list[str]:
        # A server that starts removes the temporary tables of whoever has the same directory for them.
        settings = {"datadir": self.data, "tmpdir": self.data, "port": self.port, "bind-address": LOOPBACK, "pid-file": self.pid_file,
                    "socket": self.data / "server.sock", "init-file": self.directory / "mariadb.sql",
                    "innodb-buffer-pool-size": "16M", "innodb-log-file-size": "8M", "innodb-flush-log-at-trx-commit": 0,
                    "ssl-cert": self.directory / "certificate.pem", "ssl-key": self.directory / "key.pem"}
        return [self._program, "--no-defaults", "--skip-log-bin", "--skip-name-resolve",
                *(f"--{name}={value}" for name, value in settings.items())]


@contextmanager
def postgresql(ports: PortBlock) -> Iterator[PostgreSQL]:
    """One server of PostgreSQL, which is thrown away."""
    server = PostgreSQL(make_directory(), "postgresql", ports.take())
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.directory, ignore_errors=True)


class Databases:
    """The servers that tests want: of each kind one to share and a victim."""

    def __init__(self, ports: PortBlock) -> None:
        # Its lock ends with it.
        self._ports = ports
        self.directory = make_directory()
        self.postgresql = PostgreSQL(self.directory, "postgresql", ports.take())
        self.postgresql_victim = PostgreSQL(self.directory, "postgresql-victim", ports.take())
        self.mariadb = MariaDB(self.directory, "mariadb", ports.take())
        self.mariadb_victim = MariaDB(self.directory, "mariadb-victim", ports.take())
        self._keeper = Keeper([self.postgresql_victim, self.mariadb_victim])

    def __enter__(self) -> Databases:
        try:
            for server, victim in [(self.postgresql, self.postgresql_victim), (self.mariadb, self.mariadb_victim)]:
                server.create()
                subprocess.run(["cp", "-a", server.data, victim.data], check=True)
            for server in self._servers:
                server.start()
        except BaseException:
            self._clean()
            raise
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.stop()
        self._clean()

    def _clean(self) -> None:
        for server in self._servers:
            server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _servers(self) -> list[Server]:
        return [self.postgresql, self.postgresql_victim, self.mariadb, self.mariadb_victim]

    def environment(self) -> dict[str, str]:
        """What tests look for."""
        return {
            "TANDEM_TEST_REQUIRE": "1",
            "TANDEM_TEST_CERTIFICATE": str(self.directory / "certificate.pem"),
            "TANDEM_TEST_PASSWORD": PASSWORD,
            "TANDEM_TEST_POSTGRESQL": self.postgresql.dsn,
            "TANDEM_TEST_POSTGRESQL_PORT": str(self.postgresql.port),
            "TANDEM_TEST_POSTGRESQL_VICTIM": self.postgresql_victim.dsn,
            "TANDEM_TEST_POSTGRESQL_VICTIM_PID": str(self.postgresql_victim.pid_file),
            "TANDEM_TEST_POSTGRESQL_VICTIM_HOLD": str(self.postgresql_victim.hold_file),
            "TANDEM_TEST_MARIADB": self.mariadb.dsn,
            "TANDEM_TEST_MARIADB_PORT": str(self.mariadb.port),
            "TANDEM_TEST_MARIADB_VICTIM": self.mariadb_victim.dsn,
            "TANDEM_TEST_MARIADB_VICTIM_PID": str(self.mariadb_victim.pid_file),
            "TANDEM_TEST_MARIADB_VICTIM_HOLD": str(self.mariadb_victim.hold_file),
        }


def run_with(usage: str | None, make: Callable[[PortBlock], Any], failed: Callable[[Any], None] | None = None) -> int:
    """Runs the command of the arguments with some servers, their names in its environment; its status.

    make gives the servers, which are there as long as its context; failed is told of them when the command has failed.
    """
    if len(sys.argv) < 2:
        print(usage, file=sys.stderr)
        return 2
    try:
        with make(PortBlock()) as servers:
            status = subprocess.run(sys.argv[1:], env={**os.environ, **servers.environment()}).returncode
            if status != 0 and failed:
                failed(servers)
            return status
    except RigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def main() -> int:
    """Runs a command with the servers; its status."""
    return run_with(__doc__, Databases)


if __name__ == "__main__":
    sys.exit(main())
