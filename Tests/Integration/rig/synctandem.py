"""The file sync of this project, as one of the ways of keeping folders the same."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

from rig.process import RigError
from rig.syncways import Way, await_port
from rig.syncworld import ADDRESSES, World, wait_until

PORT = 7420
# Where it keeps what is not whole yet, in the folder.
WORK = ".tandem-sync"
ROW = re.compile(r"SHA256:\S+")


class Tandem(Way):
    """`tandem sync` on each node, everybody with everybody, over TLS 1.3 with pinned certificates."""

    name = "tandem"
    is_watching = True
    has_many_writers = True
    note = "TLS 1.3 with pinned certificates, every file on disk before it is in place"
    binary = ""
    # What a folder has besides its name and path, as in file_sync.conf.
    parameters: dict[str, str] = {}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        # Each node says it at its first start, and keeps it.
        self.fingerprints: dict[str, str] = {}

    def begin(self) -> None:
        for node in self.nodes:
            for name in ("conf", "base"):
                (self.home / node / name).mkdir()
            self.configure(node)
            done = self.command(node, "init", "--conf", str(self.home / node / "conf"), "--base", str(self.home / node / "base"))
            found = ROW.search(done)
            if not found:
                raise RigError(f"tandem sync init of {node} prints no fingerprint: {done[-300:]}")
            self.fingerprints[node] = found[0]
        for node in self.nodes:
            self.configure(node)
            self.run(node)
        for node in self.nodes:
            await_port(self.world, node, PORT)
        self.wait_connected()

    def run(self, node: str) -> None:
        self.spawn(
            node, "tandem", os.path.abspath(self.binary), "sync", "--conf", str(self.home / node / "conf"), "--base",
            str(self.home / node / "base"))

    def command(self, node: str, *words: str, seconds: float = 120) -> str:
        """What a command of `tandem sync` prints on a node."""
        done = self.world.nodes[node].run(os.path.abspath(self.binary), "sync", *words, seconds=seconds)
        if done.returncode:
            raise RigError(f"tandem sync {' '.join(words)} on {node}: status {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
        return done.stdout

    def ask(self, node: str, line: str, seconds: float = 120) -> str:
        """What a running service answers at its socket, as its commands ask it."""
        with socket.socket(socket.AF_UNIX) as asker:
            asker.settimeout(seconds)
            asker.connect(str(self.home / node / "s"))
            asker.sendall(line.encode() + b"\n")
            answer = asker.makefile("rb").readline()
        said = json.loads(answer)
        if not said["ok"]:
            raise RigError(f"{line} on {node}: {said['text']}")
        return said["text"]

    def status(self, node: str) -> dict[str, Any]:
        """What a service says of its one folder."""
        return json.loads(self.ask(node, "status --json"))["folders"][0]

    def has_peers(self, node: str) -> bool:
        """Whether a node is connected to everybody, and has what they have."""
        try:
            peers = self.status(node)["peers"]
        except (RigError, OSError, ValueError, LookupError):
            return False
        return sum(1 for peer in peers if peer["connected"] and peer["in_sync"]) >= len(self.nodes) - 1

    def wait_connected(self, seconds: float = 60) -> None:
        """Waits until everybody has everybody, and what they have."""
        for node in self.nodes:
            wait_until(
                f"all peers of {node}, see {self.home / node / 'tandem.log'}", lambda node=node: self.has_peers(node), seconds, 0.05)

    def configure(self, node: str) -> None:
        """Writes the settings of a node."""
        base = self.home / node / "base"
        settings = {
            "node-name": node, "listen": f"{ADDRESSES[node]}:{PORT}", "certificate": base / "file_sync.pem",
            "index-dir": base / "index", "control-socket": self.home / node / "s",
        }
        peers = "".join(
            f'<peer name="{name}" address="{ADDRESSES[name]}:{PORT}" fingerprint="{self.fingerprints[name]}"/>'
            for name in self.nodes if name != node and name in self.fingerprints)
        parameters = "".join(f'<param name="{name}" value="{value}"/>' for name, value in settings.items())
        of_folder = "".join(f'<param name="{name}" value="{value}"/>' for name, value in self.parameters.items())
        (self.home / node / "conf" / "freeswitch.xml").write_text(
            '<document type="freeswitch/xml"><section name="configuration"><configuration name="file_sync.conf">'
            f'<settings>{parameters}</settings><peers>{peers}</peers><folders><folder name="recordings" '
            f'path="{self.folder(node)}">{of_folder}</folder></folders></configuration></section></document>\n')

    def compare(self) -> None:
        """All nodes read their folders again, and have the same afterwards."""
        for node in self.nodes:
            self.ask(node, "scan", seconds=600)
        self.wait_connected()

    def part(self) -> bool:
        first = self.nodes[0]
        self.ask(first, "pause")
        wait_until("a pause", lambda: not self.has_peers(first), 60, 0.01)
        return True

    def meet(self) -> None:
        self.ask(self.nodes[0], "resume")
        self.wait_connected()

    def growing(self, node: str, path: str) -> int:
        """What comes of a file that is being written is kept aside until it is closed, or another node goes on with it."""
        sizes = [super().growing(node, path)]
        for file in self.staged(node):
            try:
                sizes.append(file.stat().st_size)
            except FileNotFoundError:
                # It was put in its place meanwhile.
                continue
        return max(sizes)

    def staged(self, node: str) -> list[Path]:
        """Files that are kept aside because they are not whole."""
        try:
            return list((self.folder(node) / WORK / "staged").iterdir())
        except FileNotFoundError:
            return []

    def memory(self, node: str) -> int:
        """How much memory of its own a process has, in bytes."""
        process = self.processes[f"tandem {node}"]
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return sum(int(value) for value in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)) * 1024
