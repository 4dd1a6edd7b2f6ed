"""Debian's memcached for a run, on loopback: it can be frozen and killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path

from .databases import as_user
from .ports import LOOPBACK
from .process import Child, RigError, poll


class Memcached:
    """One server, with nothing in it when it starts."""

    def __init__(self, directory: Path, port: int) -> None:
        self._directory = directory
        self._port = port
        self._child: Child | None = None

    @property
    def address(self) -> str:
        """How configurations and metrics name it."""
        return f"{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        if not shutil.which("memcached"):
            raise RigError("memcached is not installed")
        command = ["memcached", "-l", LOOPBACK, "-p", str(self._port), "-U", "0", "-m", "64", "-t", "1"]
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
        os.kill(self._child.pid, signal.SIGSTOP)
        status = Path(f"/proc/{self._child.pid}/stat")
        # The command's name ends with the last parenthesis; the state is next.
        poll("memcached is frozen", lambda: status.read_text().rpartition(")")[2].split()[0] == "T", timeout=5)

    def thaw(self) -> None:
        """Lets it go on."""
        assert self._child
        os.kill(self._child.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Ends it as a crash would."""
        assert self._child
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait(5)

    def stop(self) -> None:
        """Ends it, also when it is frozen or has ended already."""
        if self._child and self._child.status is None:
            self.kill()
        if self._child:
            self._child.stop()
