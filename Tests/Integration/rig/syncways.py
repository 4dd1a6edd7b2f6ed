"""Ways of keeping folders the same: what each does is measured by the same figures.

A way is started on some nodes with empty folders; the first of them is where files come from. A way that does not notice
changes is told of each by ``tell``, which for a program that runs once is the run itself: its figures are the best that a
perfect trigger would make of it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig.process import RigError
from rig.syncworld import ADDRESSES, World, wait_until


class Way:
    """One way of keeping folders the same."""

    name = ""
    # What has to be installed for it.
    programs: tuple[str, ...] = ()
    packages = ""
    # Whether it notices what changes, without being told.
    is_watching = False
    # Whether any node may change something.
    has_many_writers = False
    # How it was set up, for the reader of the figures.
    note = ""
    # The figures that are taken of it; none named: all.
    steps: frozenset[str] = frozenset()

    def __init__(self, world: World) -> None:
        self.world = world
        self.nodes: list[str] = []
        self.home = Path()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def is_installed(cls) -> bool:
        """Whether its programs are there."""
        return all(shutil.which(program) for program in cls.programs)

    def folder(self, node: str) -> Path:
        """The folder of a node."""
        return self.home / node / "folder"

    @property
    def source(self) -> Path:
        """The folder of the first node, where files come from."""
        return self.folder(self.nodes[0])

    @property
    def others(self) -> list[Path]:
        """The folders of the other nodes."""
        return [self.folder(node) for node in self.nodes[1:]]

    @property
    def folders(self) -> list[Path]:
        """The folders of all."""
        return [self.folder(node) for node in self.nodes]

    def start(self, nodes: list[str], fill: Callable[[Way], None] | None = None) -> None:
        """Starts it on some nodes, with empty folders, or with what somebody puts there first."""
        self.nodes = nodes
        self.home = self.world.home(self.name.replace(" ", "-"))
        for node in nodes:
            self.folder(node).mkdir(parents=True)
        if fill:
            fill(self)
        self.begin()

    def begin(self) -> None:
        """Writes settings and starts processes."""

    def run(self, node: str) -> None:
        """Starts the process of one node anew, after it has ended."""
        raise NotImplementedError

    def tell(self, node: str | None = None) -> None:
        """Something was changed on a node, the first one if none is named."""

    def compare(self) -> None:
        """Finds out whether folders are the same; for a program that runs once it is a run."""
        self.tell()

    def part(self) -> bool:
        """Ends the connections of the first node; false where a way keeps none."""
        return False

    def meet(self) -> None:
        """Makes connections again, and waits until nodes know that they have the same."""

    def kill(self, node: str) -> None:
        """Ends a node's process as a crash would."""
        for what, process in self.processes.items():
            if what.endswith(f" {node}"):
                process.kill()
                process.wait(10)

    def stop(self) -> None:
        """Ends everything."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait(10)
        self.processes.clear()

    def spawn(self, node: str, what: str, *command: str) -> None:
        """Starts a process that stays."""
        self.processes[f"{what} {node}"] = self.world.start(node, self.home / node / f"{what}.log", *command)

    def growing(self, node: str, path: str) -> int:
        """How many bytes of a file that is being written a node has, wherever it keeps them."""
        try:
            return (self.folder(node) / path).stat().st_size
        except FileNotFoundError:
            return 0


def await_port(world: World, node: str, port: int, seconds: float = 20) -> None:
    """Waits until a node listens on a port."""
    def is_open() -> bool:
        with world.nodes[node].entered():
            made = socket.socket()
        with made:
            return made.connect_ex((ADDRESSES[node], port)) == 0
    wait_until(f"port {port} of {node}", is_open, seconds, 0.02)


class OneShot(Way):
    """A program that runs once from the first node to each other one; all of them at the same time."""

    def command(self, node: str) -> list[str]:
        """What makes the folder of another node like that of the first."""
        raise NotImplementedError

    # Statuses that do not mean that it failed: 24 of rsync is a file that vanished meanwhile.
    fine = (0, 24)

    def tell(self, node: str | None = None) -> None:
        def transfer(other: str) -> None:
            done = self.world.nodes[self.nodes[0]].run(*self.command(other), seconds=600)
            if done.returncode not in self.fine:
                raise RigError(f"{self.name} to {other}: status {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(transfer, self.nodes[1:]))


class RsyncDaemon(OneShot):
    """rsync to its own daemon, without encryption."""

    name = "rsync daemon"
    programs = ("rsync",)
    packages = "rsync"
    note = "no encryption; run at once after each change"
    options = ("-a", "--delete")

    def begin(self) -> None:
        for node in self.nodes[1:]:
            self.run(node)
        for node in self.nodes[1:]:
            await_port(self.world, node, 873)

    def run(self, node: str) -> None:
        settings = self.home / node / "rsyncd.conf"
        settings.write_text(
            f"use chroot = no\nreverse lookup = no\nuid = 0\ngid = 0\n[folder]\npath = {self.folder(node)}\nread only = no\n")
        self.spawn(node, "rsyncd", "rsync", "--daemon", "--no-detach", f"--config={settings}")

    def command(self, node: str) -> list[str]:
        return ["rsync", *self.options, f"{self.source}/", f"rsync://{ADDRESSES[node]}/folder/"]


class RsyncTLS(RsyncDaemon):
    """rsync to its daemon through TLS: openssl at the client, stunnel at the server."""

    name = "rsync TLS"
    programs = ("rsync", "rsync-ssl", "stunnel4", "openssl")
    packages = "rsync stunnel4 openssl"
    note = "rsync-ssl with openssl, stunnel before the daemon"

    def begin(self) -> None:
        super().begin()
        key = self.home / "key.pem"
        certificate(key)
        for node in self.nodes[1:]:
            settings = self.home / node / "stunnel.conf"
            settings.write_text(
                f"foreground = yes\npid =\ncert = {key}\n[rsync]\naccept = {ADDRESSES[node]}:874\n"
                f"connect = {ADDRESSES[node]}:873\n")
            self.spawn(node, "stunnel", "stunnel4", str(settings))
        for node in self.nodes[1:]:
            await_port(self.world, node, 874)

    def command(self, node: str) -> list[str]:
        return [
            "env", "RSYNC_SSL_CA_CERT=", "rsync-ssl", "--type=openssl", *self.options, f"{self.source}/",
            f"rsync://{ADDRESSES[node]}/folder/",
        ]


def certificate(path: Path) -> None:
    """A key with a certificate of its own, in one file."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=rig", "-keyout", str(path), "-out", f"{path}.crt"],
        capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise RigError(f"no certificate: {done.stderr}")
    with path.open("a") as file:
        file.write(Path(f"{path}.crt").read_text())


class RsyncSure(RsyncTLS):
    """rsync that has every file on disk before it goes on, as who promises that nothing is lost."""

    name = "rsync TLS fsync"
    note = "as rsync TLS, with --fsync"
    options = ("-a", "--delete", "--fsync")
    steps = frozenset({"copied", "big"})


class RsyncSSH(OneShot):
    """rsync over ssh, over a connection that is kept."""

    name = "rsync ssh"
    programs = ("rsync", "ssh", "sshd", "ssh-keygen")
    packages = "rsync openssh-client openssh-server"
    note = "aes128-gcm, connections kept by ControlPersist"
    options = ("-a", "--delete")

    def begin(self) -> None:
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.home / name)], check=True, timeout=20)
        for node in self.nodes[1:]:
            settings = self.home / node / "sshd_config"
            settings.write_text(
                f"Port 22\nListenAddress {ADDRESSES[node]}\nHostKey {self.home / 'host'}\nPidFile none\nUsePAM no\n"
                f"AuthorizedKeysFile {self.home / 'user.pub'}\nStrictModes no\nPermitRootLogin yes\n")
            self.spawn(node, "sshd", shutil.which("sshd") or "sshd", "-D", "-e", "-f", str(settings))
        for node in self.nodes[1:]:
            await_port(self.world, node, 22)
            self.world.nodes[self.nodes[0]].run(*self.shell(), "-fN", ADDRESSES[node])

    def shell(self) -> list[str]:
        """The client."""
        return [
            "ssh", "-F", "none", "-i", str(self.home / "user"), "-o", "StrictHostKeyChecking=no", "-o",
            "UserKnownHostsFile=/dev/null", "-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o",
            f"ControlPath={self.home}/%h", "-o", "LogLevel=ERROR", "-c", "aes128-gcm@openssh.com",
        ]

    def command(self, node: str) -> list[str]:
        return ["rsync", *self.options, "-e", " ".join(self.shell()), f"{self.source}/", f"{ADDRESSES[node]}:{self.folder(node)}/"]

    def stop(self) -> None:
        for node in self.nodes[1:]:
            self.world.nodes[self.nodes[0]].run(*self.shell(), "-O", "exit", ADDRESSES[node])
        super().stop()


class Lsyncd(RsyncDaemon):
    """lsyncd, which runs rsync to daemons when something has changed."""

    name = "lsyncd"
    programs = ("lsyncd", "rsync")
    packages = "lsyncd rsync"
    is_watching = True
    note = "delay of 1 s (its default is 15 s); rsync daemons without encryption"

    def begin(self) -> None:
        super().begin()
        first = self.nodes[0]
        settings = self.home / first / "lsyncd.lua"
        syncs = "".join(
            f'sync{{default.rsync, source="{self.source}", target="rsync://{ADDRESSES[node]}/folder", delay=1, '
            'rsync={archive=true}}\n' for node in self.nodes[1:])
        settings.write_text(
            f'settings{{nodaemon=true, insist=true, maxProcesses=10, statusFile="{self.home}/status", statusInterval=1}}\n{syncs}')
        self.spawn(first, "lsyncd", "lsyncd", str(settings))
        # It begins with a whole run of rsync for each.
        log = self.home / first / "lsyncd.log"
        wait_until(
            "lsyncd", lambda: log.exists() and log.read_text().count("finished") >= len(self.nodes) - 1, 30, 0.1)

    def tell(self, node: str | None = None) -> None:
        """It notices by itself."""

    def compare(self) -> None:
        raise RigError("it does not compare what has not changed")


class Unison(OneShot):
    """unison from the first node to servers of its own, without encryption."""

    name = "unison"
    programs = ("unison",)
    packages = "unison"
    has_many_writers = True
    note = "socket without encryption, in the form of a star; run at once after each change; the newer prevails"

    def begin(self) -> None:
        for node in self.nodes[1:]:
            self.run(node)
        for node in self.nodes[1:]:
            await_port(self.world, node, 7000)

    def run(self, node: str) -> None:
        self.spawn(
            node, "unison", "env", f"UNISON={self.home / node / 'archive'}", "unison", "-socket", "7000")

    def command(self, node: str) -> list[str]:
        # An archive for each pair: runs at the same time would lock one another out.
        return [
            "env", f"UNISON={self.home / self.nodes[0] / node}", f"UNISONLOCALHOSTNAME={self.nodes[0]}", "unison",
            str(self.source), f"socket://{ADDRESSES[node]}:7000/{self.folder(node)}", "-batch", "-auto", "-times", "-silent",
            "-confirmbigdel=false", "-prefer", "newer", "-logfile", str(self.home / f"{node}.log"),
        ]


class Csync2(Way):
    """csync2, told by its own command."""

    name = "csync2"
    programs = ("csync2",)
    packages = "csync2"
    has_many_writers = True
    note = "without encryption; run at once after each change; conflicts: the younger prevails"

    def begin(self) -> None:
        # It reads its settings and names of machines from /etc; there is one of its own here.
        upper = self.home / "etc"
        for name in ("upper", "work"):
            (upper / name).mkdir(parents=True)
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir=/etc,upperdir={upper / 'upper'},workdir={upper / 'work'}", "/etc"], check=True, timeout=20)
        with open("/etc/hosts", "a") as file:
            file.writelines(f"{ADDRESSES[node]} {node}\n" for node in self.nodes)
        Path("/etc/csync2.key").write_text("x" * 64 + "\n")
        folders = "".join(f"  on {node}: {self.folder(node)};\n" for node in self.nodes)
        Path("/etc/csync2.cfg").write_text(
            f"nossl * *;\nprefix folder {{\n{folders}}}\ngroup rig {{\n  host {' '.join(self.nodes)};\n"
            "  key /etc/csync2.key;\n  include %folder%;\n  auto younger;\n}\n")
        for node in self.nodes:
            (self.home / node / "state").mkdir()
            self.run(node)
        for node in self.nodes:
            await_port(self.world, node, 30865)
        self.tell()

    def run(self, node: str) -> None:
        self.spawn(node, "csync2", "csync2", "-N", node, "-D", str(self.home / node / "state"), "-ii")

    def tell(self, node: str | None = None) -> None:
        node = node or self.nodes[0]
        done = self.world.nodes[node].run("csync2", "-N", node, "-D", str(self.home / node / "state"), "-x", seconds=600)
        if done.returncode:
            raise RigError(f"csync2 of {node}: {(done.stderr or done.stdout)[-300:]}")

    def stop(self) -> None:
        super().stop()
        subprocess.run(["umount", "--lazy", "/etc"], check=False, timeout=20)


class Syncthing(Way):
    """syncthing, everybody with everybody."""

    name = "syncthing"
    programs = ("syncthing", "curl")
    packages = "syncthing curl"
    is_watching = True
    has_many_writers = True
    note = "watcher's delay of 1 s (its default is 10 s), no discovery, no relays"

    def begin(self) -> None:
        idents = {}
        for node in self.nodes:
            home = self.home / node / "settings"
            for command in (["generate", f"--home={home}"], [f"--home={home}", "--device-id"]):
                done = subprocess.run(
                    ["syncthing", *command], capture_output=True, text=True, timeout=60, check=False,
                    env={**os.environ, "HOME": str(self.home)})
                if done.returncode:
                    raise RigError(f"syncthing {command}: {done.stderr[-300:]}")
            idents[node] = done.stdout.strip()
        for node in self.nodes:
            (self.home / node / "settings" / "config.xml").write_text(self.settings(node, idents))
            (self.folder(node) / ".stfolder").mkdir()
            self.run(node)
        for node in self.nodes:
            await_port(self.world, node, 22000)
        for node in self.nodes:
            log = self.home / node / "syncthing.log"
            wait_until(
                f"connections of {node}",
                lambda log=log: log.read_text().count("Established secure connection") >= len(self.nodes) - 1, 120, 0.2)
        time.sleep(3)

    def run(self, node: str) -> None:
        self.spawn(
            node, "syncthing", "env", f"HOME={self.home / node}", "STNODEFAULTFOLDER=1", "STNOUPGRADE=1", "syncthing", "serve",
            f"--home={self.home / node / 'settings'}", "--no-browser", "--no-restart")

    def compare(self) -> None:
        """All nodes read their folders again, and tell what they found."""
        for node in self.nodes:
            done = self.world.nodes[node].run(
                "curl", "--silent", "--fail", "--show-error", "-X", "POST", "-H", "X-API-Key: rig",
                "http://127.0.0.1:8384/rest/db/scan?folder=folder", seconds=600)
            if done.returncode:
                raise RigError(f"syncthing does not scan: {done.stderr}")

    def settings(self, node: str, idents: dict[str, str]) -> str:
        """The configuration of one node."""
        # Only one of two dials: it dials from the port that it listens on, and where both do so in step, neither is server.
        devices = "".join(
            f'<device id="{ident}" name="{name}" compression="metadata" introducer="false">'
            f"<address>{f'tcp://{ADDRESSES[name]}:22000' if name > node else 'dynamic'}</address></device>"
            for name, ident in idents.items())
        shared = "".join(f'<device id="{ident}"></device>' for ident in idents.values())
        return f"""<configuration version="36">
<folder id="folder" label="" path="{self.folder(node)}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true"
 fsWatcherDelayS="1" ignorePerms="false" autoNormalize="true">
<filesystemType>basic</filesystemType>{shared}<minDiskFree unit="%">0</minDiskFree><maxConflicts>-1</maxConflicts><markerName>.stfolder</markerName></folder>
{devices}
<gui enabled="true" tls="false"><address>127.0.0.1:8384</address><apikey>rig</apikey></gui>
<options><listenAddress>tcp://{ADDRESSES[node]}:22000</listenAddress>
<globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled>
<relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted>
<autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled>
<startBrowser>false</startBrowser><setLowPriority>false</setLowPriority><reconnectionIntervalS>1</reconnectionIntervalS></options>
</configuration>
"""


RIVALS: list[type[Way]] = [RsyncDaemon, RsyncTLS, RsyncSure, RsyncSSH, Lsyncd, Unison, Csync2, Syncthing]
