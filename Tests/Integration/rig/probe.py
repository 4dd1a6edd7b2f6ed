"""A single SIP request: to see whether somebody listens, or to tell them something."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence

from .ports import LOOPBACK


def ask(method: str, port: int, *, user: str = "", headers: Sequence[str] = (), body: str = "",
        timeout: float = 0.25) -> int | None:
    """The status of the first answer to a request on this UDP port; None when there is none."""
    token = secrets.token_hex(8)
    target = f"sip:{user}@{LOOPBACK}:{port}" if user else f"sip:{LOOPBACK}:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(timeout)
        # Connected, so that a closed port is noticed at once (ICMP) and strangers are not heard.
        sender.connect((LOOPBACK, port))
        own = sender.getsockname()[1]
        request = "\r\n".join([
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{own};branch=z9hG4bK{token};rport",
            f"From: <sip:{user or 'rig'}@{LOOPBACK}>;tag={token}",
            f"To: <{target}>",
            f"Call-ID: {token}@{LOOPBACK}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:rig@{LOOPBACK}:{own}>",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body.encode())}", "", body])
        try:
            sender.send(request.encode())
            words = sender.recv(65536).split(b" ", 2)
        except (TimeoutError, ConnectionRefusedError):
            return None
    return int(words[1]) if words[0] == b"SIP/2.0" and len(words) > 1 and words[1].isdigit() else None


def answers_options(port: int, timeout: float = 0.25) -> bool:
    """True when anything that speaks SIP answers OPTIONS on this UDP port."""
    return ask("OPTIONS", port, timeout=timeout) is not None
