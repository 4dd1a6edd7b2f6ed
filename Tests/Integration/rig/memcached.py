"""Debian's memcached for a run, on loopback: it can be frozen, made unreachable, and killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path

from .databases import as_user
from .ports import LOOPBACK
from .process import Child, RigError, freeze, poll

_BACKLOG = 64
"""How many connections the kernel takes for it while it does not."""
_CONNECT_SECONDS = 0.2
"""A connection that takes longer on this machine is not made at all."""


class Memcached:
    """One server, with nothing in it when it starts."""

    def __init__(self, directory: Path, port: int) -> None:
        self._directory = directory
        self._port = port
        self._child: Child | None = None
        # Those that nobody takes.
        self._waiting: list[socket.socket] = []

    @property
    def address(self) -> str:
        """How configurations and metrics name it."""
        return f"{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        if not shutil.which("memcached"):
            raise RigError("memcached is not installed")
        command = ["memcached", "-l", LOOPBACK, "-p", str(self._port), "-U", "0", "-m", "64", "-t", "1", "-b", str(_BACKLOG)]
        self._child = Child("memcached", as_user(command), log=self._directory / "memcached.log", directory=Path("/"),
                            listens=False)
        poll("memcached takes connections", self._accepts, timeout=10)

    def _accepts(self) -> bool:
        assert self._child
        if self._child.status is not None:
            raise RigError(f"memcached ended with status {self._child.status}: {' | '.join(self._child.lines[-3:])}")
        try:
            socket.create_connection((LOOPBACK, self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def freeze(self) -> None:
        """Stops it as it is: the kernel takes connections for it, and nobody answers."""
        assert self._child
        freeze(self._child.pid)

    def vanish(self) -> None:
        """Has its address answer nothing any more, like a machine that has lost its network: connections that there are hear
        nothing, and no other is made."""
        self.freeze()
        # One more than the backlog is taken, and nobody answers the next.
        for _ in range(2 * _BACKLOG):
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.settimeout(_CONNECT_SECONDS)
            self._waiting.append(connection)
            try:
                connection.connect((LOOPBACK, self._port))
            except TimeoutError:
                return
        raise RigError("the address of memcached takes connections without end")

    def thaw(self) -> None:
        """Lets it go on, and be reached."""
        assert self._child
        self._leave()
        os.kill(self._child.pid, signal.SIGCONT)

    def _leave(self) -> None:
        for connection in self._waiting:
            connection.close()
        self._waiting.clear()

    def kill(self) -> None:
        """Ends it as a crash would."""
        assert self._child
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait(5)

    def stop(self) -> None:
        """Ends it, also when it is frozen or has ended already."""
        self._leave()
        if self._child and self._child.status is None:
            self.kill()
        if self._child:
            self._child.stop()
