"""A single SIP request, to see whether somebody listens."""

from __future__ import annotations

import secrets
import socket

from .ports import LOOPBACK


def answers_options(port: int, timeout: float = 0.25) -> bool:
    """True when anything that speaks SIP answers OPTIONS on this UDP port."""
    token = secrets.token_hex(8)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(timeout)
        # Connected, so that a closed port is noticed at once (ICMP) and strangers are not heard.
        sender.connect((LOOPBACK, port))
        own = sender.getsockname()[1]
        request = "\r\n".join([
            f"OPTIONS sip:{LOOPBACK}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{own};branch=z9hG4bK{token};rport",
            f"From: <sip:rig@{LOOPBACK}>;tag={token}",
            f"To: <sip:{LOOPBACK}:{port}>",
            f"Call-ID: {token}@{LOOPBACK}",
            "CSeq: 1 OPTIONS",
            f"Contact: <sip:rig@{LOOPBACK}:{own}>",
            "Max-Forwards: 70",
            "Content-Length: 0", "", ""])
        try:
            sender.send(request.encode())
            return sender.recv(65536).startswith(b"SIP/2.0 ")
        except (TimeoutError, ConnectionRefusedError):
            return False
