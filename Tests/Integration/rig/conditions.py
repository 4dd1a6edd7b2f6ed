"""Two data centers that measure, the databases between them, and the smart DNS that follows: on loopback.

    Tests/Integration/conditions --binary .build/release/tandem [--cost]

Callers tell the switches by RTCP how far away they are and what they lose. With `Tests/Integration/databases` around it,
the rows go through PostgreSQL, which goes away in the end; through SQLite otherwise. With --cost, what measuring costs a switch
is measured instead (rig/cost.py).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .dns import Query, answer
from .ports import LOOPBACK, PortBlock
from .process import Child, RigError, poll

NAME = "sip.voice.example"
CENTERS = {"dc1": "192.0.2.1", "dc2": "192.0.2.2"}
CALLS = 8
"""Calls to each data center."""
TENANTS = ("a", "b", "c")
"""Domains of their own, of which each phone asks for its own."""
_PACKET = 0.02
_HELD = 0.4
"""How long a caller keeps a sender report before it answers: round trips up to that can be told."""


class Caller:
    """Calls to one data center, whose RTCP says what the path is like: the far end of a bad line.

    There is one call from each address, with a packet in each interval, in seconds.
    """

    def __init__(self, sip_port: int, addresses: Sequence[str] = (LOOPBACK,) * CALLS, interval: float = _PACKET) -> None:
        self.delay, self.loss = 0.02, 0.0
        """The round trip in seconds, and the share of packets that it says it does not get."""
        self._interval = interval
        self._calls = [Call(self, sip_port, address) for address in addresses]
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        due = time.monotonic()
        while self._running:
            for call in self._calls:
                call.turn()
            due = max(due + self._interval, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))

    def hang_up(self) -> None:
        """Ends the calls."""
        self._running = False
        self._thread.join(5)
        for call in self._calls:
            call.end()


class Call:
    """One call: enough of SIP to be answered, audio, and receiver reports."""

    def __init__(self, caller: Caller, sip_port: int, address: str) -> None:
        self._caller, self._address = caller, address
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind((address, 0))
        self._sip.connect((LOOPBACK, sip_port))
        self._sip.settimeout(5)
        self._rtp, self._rtcp = self._pair()
        self._ssrc, self._sequence = random.getrandbits(32), random.getrandbits(16)
        self._pending: tuple[float, int, int] | None = None
        self._invite()

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        while True:
            first, second = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            first.bind((self._address, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                try:
                    second.bind((self._address, port + 1))
                    first.setblocking(False)
                    second.setblocking(False)
                    return first, second
                except OSError:
                    pass
            first.close()
            second.close()

    def _request(self, method: str, cseq: int, body: str = "") -> bytes:
        own, remote = self._sip.getsockname(), self._sip.getpeername()
        to = getattr(self, "_to", f"<sip:echo@{LOOPBACK}:{remote[1]}>")
        lines = [
            f"{method} sip:echo@{LOOPBACK}:{remote[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {own[0]}:{own[1]};branch=z9hG4bK{random.getrandbits(64):x}", "Max-Forwards: 70",
            f"From: <sip:caller@{LOOPBACK}>;tag={self._ssrc:x}", f"To: {to}", f"Call-ID: {self._ssrc:x}@rig",
            f"CSeq: {cseq} {method}", f"Contact: <sip:caller@{own[0]}:{own[1]}>",
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        return ("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]) + body).encode()

    def _invite(self) -> None:
        port = self._rtp.getsockname()[1]
        body = "\r\n".join([
            "v=0", f"o=- 1 1 IN IP4 {self._address}", "s=-", f"c=IN IP4 {self._address}", "t=0 0",
            f"m=audio {port} RTP/AVP 0", ""])
        self._sip.send(self._request("INVITE", 1, body))
        while True:
            reply = self._sip.recv(65_535).decode()
            status = int(reply.split(" ", 2)[1]) if reply.startswith("SIP/2.0") else 0
            if status >= 300:
                raise RigError(f"the switch answers {status} to a call")
            if 200 <= status < 300:
                break
        headers = dict(line.split(": ", 1) for line in reply.split("\r\n\r\n")[0].split("\r\n")[1:])
        self._to = headers["To"]
        media = next(line for line in reply.split("\r\n") if line.startswith("m=audio"))
        self._there = (LOOPBACK, int(media.split()[1]))
        self._sip.send(self._request("ACK", 1))

    def turn(self) -> None:
        """Sends one packet, takes what came, and reports when a report has been kept long enough."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = struct.pack(">BBHII", 0x80, 0, self._sequence, self._sequence * 160 & 0xFFFFFFFF, self._ssrc)
        self._rtp.sendto(header + b"\xff" * 160, self._there)
        for each in (self._rtp, self._rtcp):
            try:
                while True:
                    packet = each.recv(2048)
                    if each is self._rtcp and len(packet) >= 28 and packet[1] == 200:
                        ssrc, seconds, fraction = struct.unpack(">III", packet[4:16])
                        self._pending = (time.monotonic(), ssrc, (seconds & 0xFFFF) << 16 | fraction >> 16)
            except BlockingIOError:
                pass
        if self._pending and time.monotonic() - self._pending[0] >= _HELD:
            self._report(*self._pending)
            self._pending = None

    def _report(self, came: float, ssrc: int, stamp: int) -> None:
        kept = max(time.monotonic() - came - self._caller.delay, 0)
        block = struct.pack(
            ">IIIIII", ssrc, round(self._caller.loss * 255) << 24, 0, 16, stamp, round(kept * 65_536))
        packet = struct.pack(">BBHI", 0x81, 201, 7, self._ssrc) + block
        self._rtcp.sendto(packet, (self._there[0], self._there[1] + 1))

    def end(self) -> None:
        """Hangs up."""
        self._sip.send(self._request("BYE", 2))
        for each in (self._sip, self._rtp, self._rtcp):
            each.close()


class Relay:
    """Passes connections on to a server, until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._sockets: list[socket.socket] = []
        self._open = True
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._open:
                near.close()
                continue
            far = socket.create_connection((LOOPBACK, self._target))
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self) -> None:
        """Ends all connections, and lets none through."""
        self._open = False
        for each in self._sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._sockets = []

    def mend(self) -> None:
        """Lets connections through again."""
        self._open = True


class Rig:
    """Both switches, the smart DNS, memcached and the database."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self.binary, self.directory, self.ports = binary, directory, PortBlock()
        self.sip = {center: self.ports.take() for center in CENTERS}
        self.http = {center: self.ports.take() for center in CENTERS}
        self.dns, self.cache = self.ports.take(), self.ports.take()
        self.relay: Relay | None = None
        self.dsn = f"sqlite://{directory}/shared.db"
        if server := os.environ.get("TANDEM_TEST_POSTGRESQL"):
            port = os.environ["TANDEM_TEST_POSTGRESQL_PORT"]
            self.relay = Relay(int(port))
            self.dsn = server.replace(f"port={port}", f"port={self.relay.port}")
            assert self.dsn != server, "the name of the server has no port"
        self.children: dict[str, Child] = {}
        self.callers: dict[str, Caller] = {}

    # Configurations

    @staticmethod
    def _parameters(values: dict[str, object]) -> str:
        return "".join(f"<param name={_quoted(name)} value={_quoted(value)}/>" for name, value in values.items())

    def _tree(self, name: str, configurations: str, dialplan: str = "") -> Path:
        conf = self.directory / name
        conf.mkdir(exist_ok=True)
        (conf / "freeswitch.xml").write_text(
            f'<document type="freeswitch/xml"><section name="configuration">{configurations}</section>'
            f'<section name="dialplan">{dialplan}</section><section name="directory"/></document>\n')
        return conf

    def write_switch(self, center: str, *, measuring: dict[str, object] | None = None,
                     profile: dict[str, object] | None = None, core: dict[str, object] | None = None) -> Path:
        """Writes the tree of a switch, with other parameters perhaps."""
        modules = ("console", "dptools", "commands", "dialplan_xml", "prometheus", "network_conditions", "sofia")
        other = next(name for name in CENTERS if name != center)
        first = self.ports.switch_rtp[0] + 200 * list(CENTERS).index(center)
        measuring = {
            "data-center": center, "node": f"{center}-sw", "dsn": self.dsn, "interval": 1,
            "memcache-servers": f"{LOOPBACK}:{self.cache}", **(measuring or {}),
        }
        profile = {
            "sip-ip": LOOPBACK, "rtp-ip": LOOPBACK, "sip-port": self.sip[center], "auth-calls": "false",
            "context": "default", "accept-blind-reg": "true", "rtcp-audio-interval-msec": 1000, "codec-prefs": "PCMU",
            **(profile or {}),
        }
        loads = "".join(f'<load module="mod_{name}"/>' for name in modules)
        settings = {"rtp-start-port": first, "rtp-end-port": first + 198, **(core or {})}
        return self._tree(
            center,
            f'<configuration name="modules.conf"><modules>{loads}</modules></configuration>'
            '<configuration name="console.conf"><mappings><map name="all" value="notice,warning,err,crit,alert"/></mappings>'
            '<settings/></configuration>'
            f'<configuration name="switch.conf"><settings>{self._parameters(settings)}</settings></configuration>'
            '<configuration name="prometheus.conf"><settings>'
            f'{self._parameters({"listen-port": self.http[center]})}</settings></configuration>'
            f'<configuration name="network_conditions.conf"><settings>{self._parameters(measuring)}</settings>'
            f'<data-centers><data-center name="{other}">{self._probe(other)}</data-center></data-centers></configuration>'
            '<configuration name="sofia.conf"><profiles><profile name="internal"><settings>'
            f"{self._parameters(profile)}</settings></profile></profiles></configuration>",
            '<context name="default"><extension name="echo"><condition field="destination_number" expression="^echo$">'
            '<action application="answer"/><action application="echo"/></condition></extension></context>')

    def _probe(self, center: str) -> str:
        return self._parameters({"probe": f"http://{LOOPBACK}:{self.http[center]}/readyz"})

    def _name_server(self) -> Path:
        settings = {
            "listen-port": self.dns, "conditions-dsn": self.dsn, "node": "ns1", "ttl": 5, "rate-limit": 0, "dwell": 1,
            "exploration-percent": 0, "conditions-memcache-servers": f"{LOOPBACK}:{self.cache}",
            "backend-socket": self.directory / "dns.sock",
        }
        centers = "".join(
            f'<data-center name="{name}">{self._parameters({"address": address})}{self._probe(name)}</data-center>'
            for name, address in CENTERS.items())
        return self._tree(
            "ns1",
            f'<configuration name="smart_dns.conf"><settings>{self._parameters(settings)}</settings>'
            f"<data-centers>{centers}</data-centers>"
            '<zones><zone name="voice.example"><param name="name-server" value="ns1"/>'
            f'<record name="ns1" type="A" content="{LOOPBACK}"/><service name="sip" transports="udp"/>'
            + "".join(f'<service name="{tenant}" transports="udp"/>' for tenant in TENANTS) + "</zone></zones>"
            "</configuration>")

    # Life

    def start(self) -> None:
        """Starts everything, and calls both data centers."""
        self.start_memcached()
        for center in CENTERS:
            self.start_switch(center)
        self._run("ns1", [str(self.binary), "dns", "run", "--conf", str(self._name_server())])
        poll("the name server answers", lambda: self.answers() is not None, timeout=20)

    def start_memcached(self) -> None:
        """Starts memcached."""
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self._run("memcached", ["memcached", "-l", LOOPBACK, "-p", str(self.cache), "-U", "0", *user])

    def start_switch(self, center: str) -> None:
        """Starts a switch, and calls it."""
        self.launch(center, self.write_switch(center))

    def launch(self, center: str, conf: Path) -> None:
        """Starts a switch with a tree, and calls it."""
        base = self.directory / f"{center}-base"
        self._run(center, [str(self.binary), "run", "--conf", str(conf), "--base", str(base), "--ip", LOOPBACK])
        poll(f"{center} answers calls", lambda: self._call(center), timeout=30, interval=0.5)

    def _call(self, center: str) -> bool:
        try:
            self.callers[center] = Caller(self.sip[center])
        except (OSError, TimeoutError):
            return False
        return True

    def _run(self, name: str, command: list[str]) -> None:
        self.children[name] = Child(name, command, log=self.directory / f"{name}.log", listens=False)

    def kill_switch(self, center: str) -> None:
        """Ends a switch as a crash would."""
        self.callers.pop(center).hang_up()
        os.kill(self.children[center].pid, 9)
        self.children.pop(center).wait(5)

    def stop(self) -> None:
        """Ends everything."""
        for caller in self.callers.values():
            caller.hang_up()
        for child in self.children.values():
            child.stop()

    # Questions

    def answers(self, address: str = LOOPBACK, name: str = NAME) -> str | None:
        """The data center that somebody with that address gets."""
        code, found = answer(self.dns, Query(name), wait=1, address=address)
        return next((name for name, address in CENTERS.items() if found == [address]), None) if code == 0 else None

    def is_up(self, center: str) -> bool:
        """Whether the name server takes a data center to be alive."""
        words = [str(self.binary), "dns", "explain", "--conf", str(self.directory / "ns1"), "status"]
        status = subprocess.run(words, capture_output=True, text=True, check=True, timeout=10).stdout
        return f"  {center}: up" in status

    def wait_for(self, center: str, timeout: float = 40) -> float:
        """Waits until that data center is the answer; the seconds that it took."""
        begin = time.monotonic()
        poll(f"the answer is {center}", lambda: self.answers() == center, timeout=timeout, interval=0.1)
        return time.monotonic() - begin

    def set_path(self, center: str, delay: float, loss: float) -> None:
        """Changes what callers tell of the path to a data center from now on."""
        self.callers[center].delay, self.callers[center].loss = delay, loss


def _quoted(value: object) -> str:
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return f'"{text}"'


def register_request(phone: socket.socket, user: str, domain: str, transport: str = "UDP", expires: int = 120) -> bytes:
    """A phone's first REGISTER, without a password."""
    own, number = phone.getsockname(), random.getrandbits(64)
    contact = f"<sip:{user}@{own[0]}:{own[1]};transport={transport.lower()}>"
    return "\r\n".join([
        f"REGISTER sip:{domain} SIP/2.0", f"Via: SIP/2.0/{transport} {own[0]}:{own[1]};branch=z9hG4bK{number:x}",
        "Max-Forwards: 70", f"From: <sip:{user}@{domain}>;tag={number:x}", f"To: <sip:{user}@{domain}>",
        f"Call-ID: {number:x}@rig", "CSeq: 1 REGISTER", f"Contact: {contact}", f"Expires: {expires}",
        "Content-Length: 0", "", ""]).encode()


def register(sip_port: int, address: str, domain: str) -> None:
    """A phone there registers in the domain that it has looked up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((address, 0))
        phone.settimeout(5)
        phone.connect((LOOPBACK, sip_port))
        phone.send(register_request(phone, "ann", domain))
        reply = phone.recv(4096).decode()
        assert reply.startswith("SIP/2.0 200"), f"a REGISTER is answered with {reply.split(chr(13))[0]}"


# Scenarios: each goes on from the state that the one before left.


def measured(rig: Rig) -> str:
    """The configured order is dc1, dc2: what callers tell says otherwise."""
    rig.set_path("dc1", 0.18, 0.0)
    return f"the nearer one after {rig.wait_for('dc2'):.1f} s"


def loses(rig: Rig) -> str:
    """The path to dc2 loses a fifth from now on, at the same distance."""
    rig.set_path("dc2", 0.02, 0.25)
    return f"another one after {rig.wait_for('dc1'):.1f} s"


def resolvers(rig: Rig) -> str:
    """Somebody elsewhere reaches dc2 better, and asks through a resolver that does not say for whom."""
    (elsewhere, resolver) = ("127.200.2.1", "127.99.0.1")
    callers = {center: Caller(rig.sip[center], [elsewhere] * CALLS) for center in CENTERS}
    callers["dc1"].delay = 0.2
    try:
        poll("elsewhere dc2 is better", lambda: rig.answers(elsewhere) == "dc2", timeout=40)
        assert rig.answers() == "dc1" and rig.answers(resolver) == "dc1", "the resolver is known before anything was learned"
        for number, tenant in enumerate(TENANTS):
            assert rig.answers(resolver, f"{tenant}.voice.example") == "dc1", "it is known already"
            register(rig.sip["dc1"], f"127.200.2.{number + 1}", f"{tenant}.voice.example")
        begin = time.monotonic()
        poll("the resolver's clients are known", lambda: rig.answers(resolver) == "dc2", timeout=20)
        assert rig.answers("127.98.0.1") == "dc1", "another resolver was learned"
        return f"known {time.monotonic() - begin:.1f} s after the third phone"
    finally:
        for caller in callers.values():
            caller.hang_up()


def without_database(rig: Rig) -> str:
    """The database goes away: what is known stays, and what changes comes through memcached."""
    if not rig.relay:
        return "SQLite does not go away"
    rig.relay.cut()
    time.sleep(5)
    assert rig.answers() == "dc1", f"the answer is {rig.answers()} without a database"
    rig.set_path("dc1", 0.02, 0.3)
    rig.set_path("dc2", 0.02, 0.0)
    through = rig.wait_for("dc2")
    rig.relay.mend()
    rig.set_path("dc2", 0.02, 0.3)
    rig.set_path("dc1", 0.02, 0.0)
    return f"through memcached after {through:.1f} s, and after its return {rig.wait_for('dc1', timeout=60):.1f} s"


def dies(rig: Rig) -> str:
    """dc1 dies, and comes back: it counts as up when it has been ready for a while, and gets a part of the networks then."""
    rig.kill_switch("dc1")
    down = rig.wait_for("dc2", timeout=10)
    assert rig.is_up("dc2") and not rig.is_up("dc1"), "it is not dc1 that is down"
    rig.start_switch("dc1")
    begin = time.monotonic()
    poll("dc1 is up again", lambda: rig.is_up("dc1"), timeout=60, interval=0.2)
    up = time.monotonic() - begin
    assert up >= 5, f"it is back after {up:.1f} s, before it can have proved to be well"
    return f"out after {down:.1f} s, up again {up:.1f} s after it takes calls"


SCENARIOS = (measured, loses, resolvers, without_database, dies)


def main() -> int:
    """Runs the scenarios; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--cost", action="store_true", help="what measuring costs a switch, instead")
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="tandem-conditions-"))
    rig = Rig(arguments.binary.resolve(), directory)
    scenarios, failed = SCENARIOS, False
    try:
        if arguments.cost:
            # It has functions of this module itself.
            from .cost import cost  # pylint: disable=import-outside-toplevel

            scenarios = (cost,)
        else:
            rig.start()
        for scenario in scenarios:
            print(f"ok conditions {scenario.__name__}: {scenario(rig)}", flush=True)
    except (AssertionError, OSError, RigError) as error:
        print(f"FAILED conditions: {error}; logs are in {directory}", flush=True)
        failed = True
    finally:
        rig.stop()
    if not failed:
        shutil.rmtree(directory)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
