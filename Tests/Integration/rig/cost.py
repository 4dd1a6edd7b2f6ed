"""What it costs a switch to measure its peers' networks: the difference between a switch that does and one that does not.

    Tests/Integration/conditions --binary .build/release/tandem --cost

There are calls that report by RTCP, each from a network of its own, and phones over TLS, whose connections are looked at and
who are asked whether they are there (OPTIONS). Rows go to the database and to memcached. Packets of media are few: what
they cost is the same with and without.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sqlite3
import ssl
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from .conditions import Caller, Rig, register_request
from .kamailio import make_certificates
from .ports import LOOPBACK
from .process import RigError, processor_seconds

CALLS = 1000
LEGS = 2 * CALLS
"""Each leg of a call is a stream with a peer of its own."""
PHONES = 1000
INTERVAL, PROBING = 5, 30
"""Seconds between two looks, which is the default, and between two questions to a phone, the shortest there can be."""
_ROUNDS = 3
# After a change: streams are known at the second look.
_SETTLING = 2.5 * INTERVAL
# How old rows may be, in seconds: half of them are written at each look.
_FRESH = 4 * INTERVAL
# The switch's own range is too small.
_RTP_RANGE = {"rtp-start-port": 33000, "rtp-end-port": 60998}


def address(number: int) -> str:
    """An address in a network of its own, on loopback."""
    return f"127.{1 + number // 250}.{number % 250}.1"


class Phones(threading.Thread):
    """Phones that are registered over TLS, and answer whatever they are asked."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._selector = selectors.DefaultSelector()
        self._ended = threading.Event()
        self.answered = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for number in range(PHONES):
            plain = socket.create_connection((LOOPBACK, port), timeout=10, source_address=(address(number), 0))
            phone = context.wrap_socket(plain)
            phone.sendall(register_request(phone, f"phone{number}", LOOPBACK, "TLS", 3600))
            reply = phone.recv(4096).decode()
            if not reply.startswith("SIP/2.0 200"):
                raise RigError(f"a phone's REGISTER is answered with {reply.split(chr(13))[0]}")
            phone.setblocking(False)
            self._selector.register(phone, selectors.EVENT_READ)

    def run(self) -> None:
        while not self._ended.is_set():
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, ssl.SSLSocket)
                self._answer(key.fileobj)

    def _answer(self, phone: ssl.SSLSocket) -> None:
        try:
            request = phone.recv(65_535).decode()
        except ssl.SSLWantReadError:
            return
        if not request:
            self._selector.unregister(phone)
            return
        kept = [line for line in request.split("\r\n") if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))]
        kept = [f"{line};tag=1" if line.startswith("To:") else line for line in kept]
        phone.send("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode())
        self.answered += 1

    def end(self) -> None:
        """Ends them."""
        self._ended.set()
        self.join(5)


class Measured:
    """A switch that measures, or does not."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.center = rig, "dc1"
        certificates = rig.directory / "certificates"
        make_certificates(certificates)
        self.tls = rig.ports.take()
        self.profile = {
            "tls": "true", "tls-sip-port": self.tls, "tls-cert-dir": certificates, "rtcp-audio-interval-msec": 5000,
        }
        # In the switch's own process, where writing costs it most.
        rig.dsn = f"sqlite://{rig.directory}/shared.db"
        self.core = {"max-sessions": 2 * LEGS, "sessions-per-second": 10_000, **_RTP_RANGE}
        rig.launch(self.center, self.write(True))

    def write(self, measures: bool) -> Path:
        """Writes its configuration."""
        own = {"interval": INTERVAL, "probe-contacts": PROBING} | ({} if measures else {"data-center": ""})
        return self.rig.write_switch(self.center, measuring=own, profile=self.profile, core=self.core)

    @property
    def rows(self) -> int:
        """How many rows tell of the last seconds: all of them are written anew and anew, in turns."""
        statement = "SELECT COUNT(*) FROM network_conditions WHERE newest > (SELECT MAX(newest) FROM network_conditions) - ?"
        with closing(sqlite3.connect(self.rig.directory / "shared.db", timeout=10)) as database:
            return database.execute(statement, (_FRESH,)).fetchone()[0]

    @property
    def pid(self) -> int:
        """Its process."""
        return self.rig.children[self.center].pid

    def share(self, measures: bool) -> float:
        """The share of a core that it uses while it measures or does not, in percent."""
        self.write(measures)
        os.kill(self.pid, signal.SIGHUP)
        time.sleep(_SETTLING)
        used, begin = processor_seconds(self.pid), time.monotonic()
        time.sleep(PROBING)
        return 100 * (processor_seconds(self.pid) - used) / (time.monotonic() - begin)


def cost(rig: Rig) -> str:
    """At most one percent of a core."""
    rig.start_memcached()
    measured = Measured(rig)
    rig.callers["legs"] = Caller(rig.sip[measured.center], [address(number) for number in range(LEGS)], interval=1)
    phones = Phones(measured.tls)
    phones.start()
    try:
        pairs = []
        for number in range(_ROUNDS):
            without = measured.share(False)
            asked = phones.answered
            pairs.append((measured.share(True), without))
            asked = phones.answered - asked
            assert asked >= PHONES, f"{asked} questions came to {PHONES} phones"
            rows = measured.rows
            assert rows >= LEGS, f"{rows} rows of {LEGS} networks are of the last {_FRESH} s"
            print(f"   round {number + 1}: {pairs[-1][0]:.2f} % of a core with, {without:.2f} % without", flush=True)
    finally:
        phones.end()
    share = median(one - other for one, other in pairs)
    said = (
        f"{share:.2f} % of a core for {CALLS} calls of {LEGS} networks every {INTERVAL} s, {PHONES} connections with TLS and a "
        f"question to each phone every {PROBING} s, with rows in SQLite and memcached")
    assert share <= 1, said
    return said
