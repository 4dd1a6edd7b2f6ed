"""Files of two switches that are kept the same: recordings while they grow, and a command when they have come."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from rig.ports import LOOPBACK
from rig.process import RigError, poll
from rig.scraper import scrape
from rig.suite import Context, scenario
from rig.switch import Switch

_FOLDER = """
  <folders><folder name="recordings" path="{path}"><param name="on-change" value="global_setvar have_come=yes"/></folder></folders>
"""


class _Node(Switch):
    """A switch with mod_file_sync."""

    def prepare(self) -> None:
        super().prepare()
        self.recordings = self.directory / "recordings"
        self.recordings.mkdir()
        self.sync_port = self.ports.take()
        self.name = self.directory.name
        self.certificate = self.directory / "node.pem"
        self.configure("")
        modules = self._conf / "autoload_configs" / "modules.conf.xml"
        modules.write_text(modules.read_text().replace("</modules>", '  <load module="mod_file_sync"/>\n  </modules>'))

    def configure(self, peers: str, authority: str = "") -> None:
        """Writes file_sync.conf."""
        settings = {"node-name": self.name, "listen": f"{LOOPBACK}:{self.sync_port}", "certificate": str(self.certificate),
                    "ca": authority, "index-dir": str(self.directory / "index"),
                    "control-socket": str(self.directory / "sync.sock")}
        params = "".join(f'<param name="{name}" value="{value}"/>' for name, value in settings.items() if value)
        (self._conf / "autoload_configs" / "file_sync.conf.xml").write_text(
            f'<configuration name="file_sync.conf"><settings>{params}</settings><peers>{peers}</peers>'
            f"{_FOLDER.format(path=self.recordings)}</configuration>\n")

    def make_key(self) -> str:
        """Makes its certificate, as operators do; its fingerprint."""
        made = subprocess.run([str(self.binary), "sync", "init", "--conf", str(self._conf), "--base", str(self._base)],
                              capture_output=True, text=True, timeout=20, check=False)
        if found := re.search(r"SHA256:[0-9a-f]{64}", made.stdout):
            return found[0]
        raise RigError(f"tandem sync init says {made.stdout}{made.stderr}")

    def peer(self, fingerprint: str = "") -> str:
        """The line that others have of it."""
        known = f' fingerprint="{fingerprint}"' if fingerprint else ""
        return f'<peer name="{self.name}" address="{LOOPBACK}:{self.sync_port}"{known}/>'


def _openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, timeout=20, check=True)


def _sign(node: _Node, directory: Path) -> None:
    """A certificate of the private authority, with the node's name in it."""
    (directory / "names").write_text(f"subjectAltName=DNS:{node.name}\n")
    _openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
             "-out", "request.pem", "-subj", f"/CN={node.name}")
    _openssl(directory, "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
             "-days", "2", "-extfile", "names", "-out", "certificate.pem")
    node.certificate.write_text((directory / "key.pem").read_text() + (directory / "certificate.pem").read_text())
    node.certificate.chmod(0o600)


def _nodes(context: Context, name: str) -> list[_Node]:
    model = context.tandem()
    nodes = [_Node(model.binary, context.directory / name / f"node{number}", context.ports, model.overlay)
             for number in (1, 2)]
    for node in nodes:
        node.prepare()
    return nodes


def _recording_follows(nodes: list[_Node]) -> str:
    """A call is recorded at the one; what is recorded is at the other before the call is over, and the file behind it."""
    for node in nodes:
        node.start()
    first, second = nodes
    here, there = first.console(), second.console()
    poll("the nodes are connected", lambda: "1 of 1 connected peers" in there.api("file_sync status"), timeout=20)
    file = first.recordings / "call.wav"
    call = here.api("originate null/rig &park").split()[1]
    if not (answer := here.api(f"uuid_record {call} start {file}")).startswith("+OK"):
        raise RigError(f"uuid_record says {answer}")
    staged = second.recordings / ".tandem-sync" / "staged"
    grown = poll("the recording grows at the other node",
                 lambda: next((size for path in staged.glob("*") if (size := path.stat().st_size) > 50_000), 0), timeout=20)
    if (second.recordings / file.name).exists():
        raise RigError("a recording that is not complete has its name")
    here.api(f"uuid_kill {call}")
    poll("the recording is complete at the other node",
         lambda: (copy := second.recordings / file.name).exists() and copy.read_bytes() == file.read_bytes(), timeout=20)
    poll("the other switch has been told", lambda: there.api("global_getvar have_come").strip() == "yes", timeout=20)
    if (files := scrape(second.metrics_port)['tandem_file_sync_files{folder="recordings"}']) != 1:
        raise RigError(f"{files} files are counted")
    file.unlink()
    poll("the recording is removed there too", lambda: not (second.recordings / file.name).exists(), timeout=20)
    return f"{grown} bytes were there before the end"


@scenario("files")
def a_recording_is_at_the_other_node(context: Context) -> str:
    """Nodes that know each other's fingerprints."""
    nodes = _nodes(context, "fingerprints")
    peers = "".join(node.peer(node.make_key()) for node in nodes)
    try:
        for node in nodes:
            node.configure(peers)
        return _recording_follows(nodes)
    finally:
        for node in nodes:
            node.stop()


@scenario("files")
def a_private_authority_vouches_for_nodes(context: Context) -> str:
    nodes = _nodes(context, "authority")
    directory = context.directory / "authority"
    _openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=rig")
    try:
        for node in nodes:
            _sign(node, directory)
            node.configure("".join(other.peer() for other in nodes), str(directory / "ca.pem"))
        return _recording_follows(nodes)
    finally:
        for node in nodes:
            node.stop()
