"""As much of MariaDB's protocol as small statements need: what is lost, and what is refused, are errors of their own."""

from __future__ import annotations

import socket
import struct

from .ports import LOOPBACK


class Refusal(ValueError):
    """An error of the server's; the connection is there still, unless the server ends it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


class Client:
    """One connection, of a user without a password."""

    def __init__(self, port: int, user: bytes = b"check") -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        if self._packet()[0] == 0xFF:
            raise OSError("refused")
        # CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_CONNECT_WITH_DB
        hello = struct.pack("<IIB23x", 0x8208, 1 << 24, 33) + user + b"\0\0tandem\0"
        self._send(1, hello)
        if self._packet()[0] != 0:
            raise OSError("not let in")

    def _send(self, number: int, payload: bytes) -> None:
        self._socket.sendall(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)

    def _packet(self) -> bytes:
        head = self._file.read(4)
        if len(head) < 4:
            raise OSError("closed")
        length = int.from_bytes(head[:3], "little")
        if not length or len(payload := self._file.read(length)) < length:
            raise OSError("closed")
        return payload

    def ask(self, text: bytes) -> bytes:
        """Carries a statement out, and gives the one value that it gives; an error of the server's is raised."""
        self._send(0, b"\3" + text)
        if (first := self._packet())[0] == 0xFF:
            raise Refusal(int.from_bytes(first[1:3], "little"), first[9:].decode("utf-8", "replace"))
        if first[0] == 0:
            return b""
        ends, value = 0, b""
        while ends < 2:
            packet = self._packet()
            if packet[0] == 0xFE and len(packet) < 9:
                ends += 1
            elif ends == 1:
                value = packet[1:1 + packet[0]]
        return value

    def close(self) -> None:
        """Ends the connection."""
        self._file.close()
        self._socket.close()
