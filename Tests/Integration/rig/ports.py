"""Ports on loopback that nobody uses, kept apart between rigs on one machine."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOOPBACK_V6 = "::1"
# Below the kernel's ephemeral range (32768 and up), above what daemons use.
_FIRST, _BLOCK, _BLOCKS = 20000, 1500, 8


class PortBlock:
    """A block of ports locked by a file, so that parallel runs do not collide.

    The layout: SIP first (offsets 0–199, handed out by `take`), then RTP of the peers (200–499),
    then the switch's RTP pool (500–1499).
    """

    def __init__(self) -> None:
        for number in range(_BLOCKS):
            path = Path(tempfile.gettempdir()) / f"tandem-rig-{os.getuid()}-{number}.lock"
            lock = path.open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self._lock = lock
            self._first = _FIRST + number * _BLOCK
            self._next_sip = self._first
            self._next_rtp = self._first + 200
            self.switch_rtp = (self._first + 500, self._first + 1498)
            return
        raise RuntimeError("all port blocks of the rig are in use")

    def take(self) -> int:
        """A port free for UDP and TCP on loopback, with its neighbour free too (SIP, control)."""
        while self._next_sip < self._first + 200:
            port, self._next_sip = self._next_sip, self._next_sip + 2
            if _is_free(port):
                return port
        raise RuntimeError("no free SIP port left in the block")

    def take_rtp(self, count: int) -> int:
        """The first of `count` consecutive ports for a peer's media, even."""
        count += count % 2
        low, high = self._first + 200, self._first + 500
        # Round and round: ports of peers that have ended can be had again.
        for _ in range(2 * (high - low) // count):
            if self._next_rtp + count > high:
                self._next_rtp = low
            first, self._next_rtp = self._next_rtp, self._next_rtp + count
            if all(_is_free(port) for port in range(first, first + count)):
                return first
        raise RuntimeError("no free RTP ports left in the block")


def has_ipv6() -> bool:
    """Whether this machine has IPv6 on loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((LOOPBACK_V6, 0))
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
