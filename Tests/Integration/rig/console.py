"""API commands over the event socket."""

from __future__ import annotations

import socket

from .ports import LOOPBACK
from .process import RigError


class Console:
    """One connection that runs commands, one after the other."""

    def __init__(self, port: int, password: str, *, host: str = LOOPBACK, timeout: float = 30) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._input = self._socket.makefile("rb")
        self.answer()
        if not (reply := self._ask(f"auth {password}")).startswith("+OK"):
            raise RigError(f"the event socket says {reply}")

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        self._socket.close()

    def api(self, line: str) -> str:
        """The answer of a command."""
        return self._ask(f"api {line}")

    def _ask(self, request: str) -> str:
        self.send(request)
        return self.answer()

    def send(self, *requests: str) -> None:
        """Asks without waiting for the answers; several requests go in one packet."""
        self._socket.sendall("".join(f"{request}\n\n" for request in requests).encode())

    def answer(self) -> str:
        """The answer to the oldest request that has none."""
        headers: dict[str, str] = {}
        while line := self._input.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            headers[name] = value
        if not headers:
            raise RigError("the event socket has closed")
        if length := int(headers.get("Content-Length", 0)):
            return self._input.read(length).decode()
        return headers.get("Reply-Text", "")
