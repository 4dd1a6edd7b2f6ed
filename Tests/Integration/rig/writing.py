"""Rows that clients put in through the writer port of `tandem db-balancer`, while the node that is written to is killed and
comes back: what was acknowledged is there once, on all nodes.

Each row has a number of its client's. It is put in together with the number of the request, which can be there once only:
so a client may try again whatever it does not know the outcome of, as docs/balancer.md says of request ids.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .mariadbclient import Client, Refusal
from .process import RigError, poll
from .scraper import get

_CLIENTS = 4
_SECONDS = 15
"""How long they put rows in, unless it takes longer until they can again."""
_AGAIN_SECONDS = 40
_BACK_SECONDS = 60
_USER = b"operator"
# Errors of MariaDB's.
_DUPLICATE, _NOT_READY = 1062, 1047

_TABLES = (
    b"DROP TABLE IF EXISTS written, written_requests",
    b"CREATE TABLE written (id CHAR(36) NOT NULL PRIMARY KEY, client INT NOT NULL, number INT NOT NULL)",
    b"CREATE TABLE written_requests (id VARCHAR(32) NOT NULL PRIMARY KEY)",
)
_STATE = (b"SELECT GROUP_CONCAT(VARIABLE_VALUE ORDER BY VARIABLE_NAME) FROM information_schema.GLOBAL_STATUS "
          b"WHERE VARIABLE_NAME IN ('WSREP_CLUSTER_SIZE', 'WSREP_LOCAL_STATE')")


def _ask(port: int, statement: bytes) -> bytes:
    client = Client(port, _USER)
    try:
        return client.ask(statement)
    finally:
        client.close()


def _is_synced(port: int, count: int) -> bool:
    """Whether a node is one of so many and has what they have."""
    try:
        return _ask(port, _STATE) == b"%d,4" % count
    except (OSError, Refusal):
        return False


class _Writer(threading.Thread):
    """A client that puts in one row after the other, each until it is known to be there."""

    def __init__(self, number: int, port: int, ends: threading.Event) -> None:
        super().__init__()
        self.number = number
        self.acknowledged = 0
        """The number of the last row that is there for certain; those before are, too."""
        self.refused = 0
        """Errors that the server said."""
        self.lost = 0
        """Connections that were lost, or not to be had."""
        self.unknown = 0
        """Errors after which it was not known whether the row is there."""
        self.found = 0
        """Rows that were there then."""
        self.unexpected = 0
        """Rows that were there though every error had said that they are not."""
        self._port, self._ends = port, ends
        self._is_committing = self._is_in_doubt = False

    def run(self) -> None:
        client: Client | None = None
        while not self._ends.is_set():
            self._is_committing = False
            try:
                client = client or Client(self._port, _USER)
                self._put(client)
            except Refusal as refusal:
                self.refused += 1
                self._failed(is_certain=refusal.code == _NOT_READY)
                if client:
                    client.close()
                client = None
            except OSError:
                self.lost += 1
                self._failed(is_certain=False)
                client = None
                self._ends.wait(0.01)
        if client:
            client.close()

    def _put(self, client: Client) -> None:
        number = self.acknowledged + 1
        client.ask(b"BEGIN")
        try:
            client.ask(b"INSERT INTO written_requests VALUES ('%d-%d')" % (self.number, number))
        except Refusal as refusal:
            if refusal.code != _DUPLICATE:
                raise
            client.ask(b"ROLLBACK")
            self.found += 1
            self.unexpected += not self._is_in_doubt
        else:
            client.ask(b"INSERT INTO written VALUES (UUID(), %d, %d)" % (self.number, number))
            self._is_committing = True
            client.ask(b"COMMIT")
        self.acknowledged, self._is_in_doubt = number, False

    def _failed(self, *, is_certain: bool) -> None:
        """Before COMMIT is sent nothing can have become of the row."""
        if self._is_committing and not is_certain:
            self.unknown += 1
            self._is_in_doubt = True


class Writing:
    """What the clients do, and what has become of it.

    The nodes are known by their ports; kill ends one of them as a crash would, after which it is started again.
    """

    def __init__(self, ports: list[int], writer_port: int, control_port: int, kill: Callable[[int], None]) -> None:
        self._ports, self._writer_port, self._control_port, self._kill = ports, writer_port, control_port, kill

    def run(self, check: Callable[[str, bool], None]) -> None:
        """Puts rows in, kills the node that they go to, and looks for them; check is told what holds."""
        try:
            poll("all nodes are trusted", self._are_trusted, timeout=_BACK_SECONDS)
            for statement in _TABLES:
                _ask(self._ports[0], statement)
            writers, seconds = self._write()
            poll("all nodes are back", self._are_synced, timeout=_BACK_SECONDS)
            self._print(writers, seconds)
            self._compare(writers, check)
        except (RigError, OSError, Refusal) as error:
            check(f"written: {error}", False)

    # What happens

    def _write(self) -> tuple[list[_Writer], float]:
        ends, begun = threading.Event(), time.monotonic()
        writers = [_Writer(number, self._writer_port, ends) for number in range(_CLIENTS)]
        for writer in writers:
            writer.start()
        try:
            self._lose_node(writers, ends, begun + _SECONDS)
        finally:
            ends.set()
            for writer in writers:
                writer.join()
        return writers, time.monotonic() - begun

    def _lose_node(self, writers: list[_Writer], ends: threading.Event, until: float) -> None:
        self._wait_for_rows(writers, 20)
        port = int(_ask(self._writer_port, b"SELECT @@port"))
        self._kill(self._ports.index(port))
        # One of them may have been acknowledged already, and not be counted.
        self._wait_for_rows(writers, 2)
        while time.monotonic() < until and not _is_synced(port, len(self._ports)):
            ends.wait(0.1)
        # Whoever gave it what it had missed may have stopped taking changes for that.
        self._wait_for_rows(writers, 2)

    @staticmethod
    def _wait_for_rows(writers: list[_Writer], count: int) -> None:
        """Waits until each client has put in so many more."""
        before = [writer.acknowledged for writer in writers]
        poll("rows are put in", lambda: all(
            writer.acknowledged >= old + count for writer, old in zip(writers, before)), timeout=_AGAIN_SECONDS)

    # What has become of it

    def _are_synced(self) -> bool:
        return all(_is_synced(port, len(self._ports)) for port in self._ports)

    def _are_trusted(self) -> bool:
        """Whether the proxy may hand connections to each of them, too."""
        if not self._are_synced():
            return False
        try:
            _, text = get(self._control_port, "/status")
        except OSError:
            return False
        return sum(line.split()[1:2] == ["trusted"] for line in text.splitlines()) == len(self._ports)

    @staticmethod
    def _print(writers: list[_Writer], seconds: float) -> None:
        def total(name: str) -> int:
            return sum(getattr(writer, name) for writer in writers)

        print(f"{'written':12} {'tandem':8} {total('acknowledged'):7} rows in {seconds:.1f} s {total('refused'):4} refused "
              f"{total('lost'):4} lost {total('unknown'):4} not known whether committed, of which {total('found')} were",
              flush=True)

    def _compare(self, writers: list[_Writer], check: Callable[[str, bool], None]) -> None:
        acknowledged = sum(writer.acknowledged for writer in writers)
        unexpected = sum(writer.unexpected for writer in writers)
        check(f"written: {unexpected} rows were there that could not be", unexpected == 0)
        counts = []
        for port in self._ports:
            client = Client(port, _USER)
            # What others have committed is waited for.
            client.ask(b"SET SESSION wsrep_sync_wait = 1")
            there = sum(int(client.ask(
                b"SELECT COUNT(DISTINCT number) FROM written WHERE client = %d AND number BETWEEN 1 AND %d"
                % (writer.number, writer.acknowledged))) for writer in writers)
            twice = int(client.ask(b"SELECT COUNT(*) FROM (SELECT 1 AS one FROM written GROUP BY client, number "
                                   b"HAVING COUNT(*) > 1) t"))
            counts.append(int(client.ask(b"SELECT COUNT(*) FROM written")))
            client.close()
            check(f"written: {there} of {acknowledged} acknowledged rows are on the node of port {port}",
                  there == acknowledged)
            check(f"written: {twice} rows are there more than once on the node of port {port}", twice == 0)
        check(f"written: the nodes have {counts} rows", len(set(counts)) == 1)
        # The last one of a client is not known perhaps.
        check(f"written: {counts} rows for {acknowledged} acknowledged ones",
              all(count - acknowledged in range(len(writers) + 1) for count in counts))
