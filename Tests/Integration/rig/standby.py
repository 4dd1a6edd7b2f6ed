"""A primary of PostgreSQL and its standby, on loopback and in a directory that is thrown away.

    python -m rig.standby COMMAND…     runs a command with both there, and their names in its environment

A change is acknowledged when the standby has it, so that nothing is lost when tests kill the primary and promote the
standby. A server that has ended is started again as it was, except while there is NAME.hold in the directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .databases import NAME, Keeper, PostgreSQL, make_directory, run_as_user, run_with
from .ports import PortBlock


class _Primary(PostgreSQL):
    @property
    def pid_file(self) -> Path:
        return self.directory / f"{self.name}.pid"

    def kill(self) -> None:
        """Ends it as a crash would, and leaves it so."""
        assert self.child
        self.hold_file.touch()
        os.kill(self.child.pid, signal.SIGKILL)

    def revive(self) -> None:
        """Lets it come back."""
        self.hold_file.unlink()

    def settings(self) -> dict[str, object]:
        return {**super().settings(), "external_pid_file": self.pid_file, "synchronous_standby_names": "*"}


class _Standby(_Primary):
    def settings(self) -> dict[str, object]:
        return {**super().settings(), "synchronous_standby_names": ""}

    def copy(self, primary: PostgreSQL) -> None:
        """Takes the data of a primary that runs, and follows it from then on."""
        source = primary.dsn.removeprefix("pgsql://").replace(f"dbname={NAME}", "")
        run_as_user([self.program("pg_basebackup"), "--pgdata", str(self.data), "--dbname", source,
                     "--write-recovery-conf", "--checkpoint=fast", "--no-sync"])

    def promote(self) -> None:
        """Makes it a primary."""
        run_as_user([self.program("pg_ctl"), "promote", "--pgdata", str(self.data)])


class Pair:
    """The two servers, which are started again when they have ended."""

    def __init__(self, ports: PortBlock) -> None:
        # Its lock ends with it.
        self._ports = ports
        self.directory = make_directory()
        self.primary = _Primary(self.directory, "node1", ports.take())
        self.standby = _Standby(self.directory, "node2", ports.take())
        self._keeper = Keeper([self.primary, self.standby])

    def __enter__(self) -> Pair:
        try:
            self.primary.create(f"ALTER ROLE {NAME} REPLICATION",
                                f"GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO {NAME}")
            self.primary.start()
            self.standby.copy(self.primary)
            self.standby.start()
        except BaseException:
            self._clean()
            raise
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.stop()
        self._clean()

    def _clean(self) -> None:
        for server in (self.standby, self.primary):
            server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def balancer(self, slow_start_milliseconds: int = 2000) -> str:
        """balancer.conf, with a balancer `main` over db1, which is the primary, and db2."""
        nodes = "".join(f'<node name="db{number}"><param name="dsn" value={quoteattr(server.dsn)}/></node>'
                        for number, server in enumerate((self.primary, self.standby), 1))
        slow_start = f'<param name="slow-start-ms" value="{slow_start_milliseconds}"/>'
        return ('<configuration name="balancer.conf"><balancers><balancer name="main">'
                f"{slow_start}{nodes}</balancer></balancers></configuration>")

    def environment(self) -> dict[str, str]:
        """What tests look for."""
        return {
            "TANDEM_TEST_STANDBY": f"{self.primary.dsn}\n{self.standby.dsn}",
            "TANDEM_TEST_STANDBY_DIRECTORY": str(self.directory),
        }


def main() -> int:
    """Runs a command with the servers; its status."""
    return run_with(__doc__, Pair)


if __name__ == "__main__":
    sys.exit(main())
