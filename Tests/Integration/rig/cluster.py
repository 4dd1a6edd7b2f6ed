"""Three nodes of MariaDB's Galera from Debian, on loopback and in a directory that is thrown away.

    python -m rig.cluster COMMAND…     runs a command with the nodes there, and their names in its environment

A node that has ended is started again, and gets what it missed from another one. Tests say how by files in the
directory: while there is NAME.hold it is left alone, and with NAME.wipe it begins without data (a state transfer).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .databases import PASSWORD, Keeper, MariaDB, make_directory, run_as_user, run_with
from .ports import LOOPBACK, PortBlock
from .process import RigError

COUNT = 3
"""How many nodes there are."""
_PROVIDERS = [Path("/usr/lib/galera/libgalera_smm.so"), Path("/usr/lib/libgalera_smm.so")]
_KEPT_LOGS = Path(__file__).resolve().parents[3] / ".build" / "test-logs"
"""Where the logs are when the command has failed."""
_GROUP_OPTIONS = {
    # Like what docs/balancer.md recommends, so that a node that is gone holds up the others for a short time; with more
    # patience, since a machine that runs tests is busy, and one that is too busy loses the majority.
    "evs.keepalive_period": "PT0.25S", "evs.inactive_check_period": "PT0.25S", "evs.suspect_timeout": "PT2S",
    "evs.inactive_timeout": "PT6S", "evs.install_timeout": "PT6S",
    # A test begins with the nodes that it has, whatever was before.
    "pc.recovery": "off", "gcache.size": "16M", "gcache.page_size": "16M",
}


def transfer_scripts() -> Path:
    """Where wsrep_sst_rsync is: a package's own directory, or where scripts/test has unpacked it."""
    if found := shutil.which("wsrep_sst_rsync"):
        return Path(found).parent
    unpacked = Path(__file__).resolve().parents[3] / ".build" / "galera" / "usr" / "bin"
    if (unpacked / "wsrep_sst_rsync").exists():
        return unpacked
    raise RigError("wsrep_sst_rsync is not there: scripts/test unpacks it")


class GaleraNode(MariaDB):
    """One node of the cluster."""

    def __init__(self, directory: Path, name: str, ports: PortBlock) -> None:
        super().__init__(directory, name, ports.take())
        self.group_port = ports.take()
        self.transfer_port = ports.take()
        self.peers: list[GaleraNode] = []
        self.begins = False

    @property
    def pid_file(self) -> Path:
        return self.directory / f"{self.name}.pid"

    def prepare(self) -> None:
        if self.wipe_file.exists():
            self.wipe()

    @property
    def wipe_file(self) -> Path:
        """With it, the node begins without data."""
        return self.directory / f"{self.name}.wipe"

    def command(self) -> list[str]:
        if not (provider := next((path for path in _PROVIDERS if path.exists()), None)):
            raise RigError("Galera is not installed")
        group = {**_GROUP_OPTIONS, "gmcast.listen_addr": f"tcp://{LOOPBACK}:{self.group_port}",
                 # The port after that of the group belongs to the node too.
                 "ist.recv_addr": f"tcp://{LOOPBACK}:{self.group_port + 1}"}
        peers = "" if self.begins else ",".join(f"{LOOPBACK}:{peer.group_port}" for peer in self.peers)
        settings = {"wsrep-on": "ON", "wsrep-provider": provider, "wsrep-cluster-name": "tandem",
                    "wsrep-cluster-address": f"gcomm://{peers}", "wsrep-node-name": self.name,
                    "wsrep-node-address": LOOPBACK, "wsrep-sst-method": "rsync",
                    "wsrep-sst-receive-address": f"{LOOPBACK}:{self.transfer_port}",
                    "wsrep-provider-options": ";".join(f"{name}={value}" for name, value in group.items()),
                    "binlog-format": "ROW", "innodb-autoinc-lock-mode": 2, "max-connections": 300,
                    # A node that is killed has what it has acknowledged, as in earnest.
                    "innodb-flush-log-at-trx-commit": 1, "tmpdir": self.directory}
        command = [argument for argument in super().command() if self.begins or not argument.startswith("--init-file")]
        return command + [f"--{name}={value}" for name, value in settings.items()]

    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.directory}:{transfer_scripts()}:{os.environ.get('PATH', '')}:/usr/sbin"}

    def wipe(self) -> None:
        """Takes its data away."""
        shutil.rmtree(self.data, ignore_errors=True)
        run_as_user(["mkdir", str(self.data)])
        self.wipe_file.unlink(missing_ok=True)


class Cluster:
    """The nodes, which are started again when they have ended."""

    def __init__(self, ports: PortBlock) -> None:
        self._ports = ports
        self.directory = make_directory()
        self.nodes = [GaleraNode(self.directory, f"node{number + 1}", ports) for number in range(COUNT)]
        for node in self.nodes:
            node.peers = [peer for peer in self.nodes if peer is not node]
        self._keeper = Keeper(self.nodes)

    def __enter__(self) -> Cluster:
        try:
            # The transfer's scripts ask it for files with settings, of which there are none.
            tool = self.directory / "my_print_defaults"
            tool.write_text("#!/bin/sh\n")
            tool.chmod(0o755)
            first = self.nodes[0]
            first.create()
            script = self.directory / "mariadb.sql"
            # One statement on each line; the last ones are for measurements (rig/proxies.py).
            script.write_text(script.read_text() + "".join(f"{statement};\n" for statement in [
                "GRANT ALL ON *.* TO tandem", "CREATE USER `check`", "GRANT SELECT ON `tandem`.* TO `check`",
                "CREATE USER `operator`", "GRANT ALL ON *.* TO `operator`",
                "CREATE TABLE tandem.beat (id INT PRIMARY KEY, n INT NOT NULL)", "INSERT INTO tandem.beat VALUES (7, 0)"]))
            first.begins = True
            first.start()
            first.begins = False
            for node in self.nodes[1:]:
                node.wipe()
                node.start()
        except BaseException:
            self._clean()
            raise
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.stop()
        self._clean()

    def _clean(self) -> None:
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def keep_logs(self) -> None:
        """Copies the nodes' logs to where they are not thrown away."""
        _KEPT_LOGS.mkdir(parents=True, exist_ok=True)
        for log in self.directory.glob("*.log"):
            shutil.copy(log, _KEPT_LOGS / f"cluster-{log.name}")
        print(f"the logs of the nodes are in {_KEPT_LOGS}", file=sys.stderr)

    def environment(self) -> dict[str, str]:
        """What tests look for."""
        return {
            "TANDEM_TEST_CLUSTER": "\n".join(node.dsn for node in self.nodes),
            "TANDEM_TEST_CLUSTER_PORTS": " ".join(str(node.port) for node in self.nodes),
            "TANDEM_TEST_CLUSTER_DIRECTORY": str(self.directory),
            "TANDEM_TEST_PASSWORD": PASSWORD,
        }


def main() -> int:
    """Runs a command with the nodes; its status."""
    return run_with(__doc__, Cluster, Cluster.keep_logs)


if __name__ == "__main__":
    sys.exit(main())
