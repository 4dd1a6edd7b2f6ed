"""Two nodes with one database: phones of one are called from the other, move, and outlive a node."""

from __future__ import annotations

import csv
import os
import signal
from xml.sax.saxutils import quoteattr

from rig.baresip import Baresip
from rig.databases import postgresql
from rig.linphone import Linphone
from rig.phone import Phone, expect_tone
from rig.process import RigError, poll
from rig.suite import Context, scenario
from rig.switch import Switch

from .phones import talk

TALK_SECONDS = 4
# A node is alive for 15 seconds after it last said so, and a look-up may be late.
_LEASE_SECONDS = 25
_WRITTEN_SECONDS = 10


class _Node(Switch):
    """A switch whose phones are in a database that others share."""

    database = ""
    """How its configuration names that."""

    def prepare(self) -> None:
        super().prepare()
        path = self._conf / "sip_profiles" / "internal.xml"
        database = f'<settings>\n    <param name="odbc-dsn" value={quoteattr(self.database)}/>'
        path.write_text(path.read_text().replace("<settings>", database, 1))

    def contact(self, user: str) -> str:
        """How it would call a user."""
        with self.console() as console:
            return console.api(f"sofia_contact internal/{user}@{self.domain}")

    def failing_call(self, user: str) -> str:
        """What becomes of a call to a user that nobody answers."""
        with self.console() as console:
            return console.api(f"originate {{ignore_early_media=true}}user/{user}@{self.domain} &park()").strip()

    def calls(self) -> list[dict[str, str]]:
        """What `show calls` lists."""
        with self.console() as console:
            lines = console.api("show calls as delim |").strip().splitlines()
        return list(csv.DictReader(lines[:-1], delimiter="|"))

    def records(self) -> list[tuple[str, str]]:
        """Who called whom, as the CDRs say."""
        path = self.log_directory / "cdr-csv" / "Master.csv"
        rows = csv.reader(path.read_text().splitlines()) if path.exists() else ()
        return [(row[1], row[2]) for row in rows]


class _Cluster:
    """Two nodes, and phones at them; they share a file, where no other database is named."""

    def __init__(self, context: Context, name: str, database: str | None = None) -> None:
        model = context.tandem()
        self._context = context
        self._phones: list[Phone] = []
        self.nodes = [_Node(model.binary, context.directory / name / f"node{number}", context.ports, model.overlay,
                            variables={"hostname": f"node{number}"}) for number in (1, 2)]
        for node in self.nodes:
            node.database = database or f"sqlite://{context.directory / name}/shared.db"

    def __enter__(self) -> _Cluster:
        for node in self.nodes:
            node.start()
        return self

    def __exit__(self, *_) -> None:
        for phone in self._phones:
            phone.stop()
        for node in self.nodes:
            node.stop()

    def phone(self, model: type[Phone], user: str, hertz: float, node: Switch) -> Phone:
        """A phone that is registered with a node."""
        phone = self._context.desk.start(model, user, hertz, node.account(user))
        self._phones.append(phone)
        phone.wait_registered()
        return phone

    def forget(self, phone: Phone) -> None:
        """Ends a phone as if somebody pulled its plug."""
        self._phones.remove(phone)
        phone.stop()


@scenario("nodes")
def a_phone_of_another_node_is_called(context: Context) -> str:
    with _Cluster(context, "call") as cluster:
        heard = _call_phone_of_other_node(cluster)
        for node in cluster.nodes:
            node.wait_idle()
        return heard


@scenario("nodes")
def a_phone_of_another_node_is_called_on_postgresql(context: Context) -> str:
    with postgresql(context.ports) as server, _Cluster(context, "postgresql", server.dsn) as cluster:
        return _call_phone_of_other_node(cluster)


def _call_phone_of_other_node(cluster: _Cluster) -> str:
    """A call from a phone of the second node to one of the first; what both heard."""
    first, second = cluster.nodes
    callee = cluster.phone(Baresip, "1000", 440, first)
    caller = cluster.phone(Linphone, "1001", 620, second)
    poll("the second node knows the phone", lambda: "fs_node=node1" in second.contact("1000"),
         timeout=_WRITTEN_SECONDS)
    caller.dial(second.address("1000"))
    callee.wait_incoming()
    caller.wait_ringback()
    callee.answer()
    caller.wait_established()
    callee.wait_established()
    for node in cluster.nodes:
        calls = node.calls()
        if [call["cid_num"] for call in calls] != ["1001"] or calls[0]["dest"] != "1000":
            raise RigError(f"show calls says {calls}")
    talk(TALK_SECONDS)
    caller.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    down = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=TALK_SECONDS - 1)
    up = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=TALK_SECONDS - 1)
    for node in cluster.nodes:
        poll("the call's record", lambda node=node: ("1001", "1000") in node.records(), timeout=_WRITTEN_SECONDS)
    return f"linphone heard {down}; baresip heard {up}"


@scenario("nodes")
def a_node_dies_and_comes_back(context: Context) -> str:
    with _Cluster(context, "death") as cluster:
        first, second = cluster.nodes
        callee = cluster.phone(Baresip, "1000", 440, first)
        poll("the second node knows the phone", lambda: "fs_node=node1" in second.contact("1000"),
             timeout=_WRITTEN_SECONDS)
        first.kill()
        poll("nobody is called at a dead node", lambda: "user_not_registered" in second.contact("1000"),
             timeout=_LEASE_SECONDS)
        first.start()
        # The phone has not registered again: it is baresip, which does that after most of an hour.
        poll("the phone is there again", lambda: "fs_node=node1" in second.contact("1000"), timeout=_WRITTEN_SECONDS)
        caller = cluster.phone(Linphone, "1001", 620, second)
        caller.dial(second.address("1000"))
        callee.wait_incoming()
        callee.answer()
        caller.wait_established()
        caller.hang_up()
        caller.wait_ended()
        callee.wait_ended()
        # Its user goes elsewhere, to another telephone at the other node.
        cluster.forget(callee)
        poll("the phone has gone", lambda: "user_not_registered" in second.contact("1000"), timeout=_WRITTEN_SECONDS)
        other = cluster.phone(Baresip, "1000", 440, second)
        poll("the first node knows where", lambda: "fs_node=node2" in first.contact("1000"), timeout=_WRITTEN_SECONDS)
        third = cluster.phone(Linphone, "1003", 750, first)
        third.dial(first.address("1000"))
        other.wait_incoming()
        other.answer()
        third.wait_established()
        third.hang_up()
        other.wait_ended()
        return "dead, back, and moved"


@scenario("nodes")
def a_node_freezes(context: Context) -> str:
    with _Cluster(context, "frozen") as cluster:
        first, second = cluster.nodes
        cluster.phone(Baresip, "1000", 440, first)
        poll("the second node knows the phone", lambda: "fs_node=node1" in second.contact("1000"),
             timeout=_WRITTEN_SECONDS)
        os.kill(first.child.pid, signal.SIGSTOP)
        try:
            # Only the first caller waits for a word of it.
            causes = [second.failing_call("1000") for _ in range(3)]
            if causes != ["-ERR RECOVERY_ON_TIMER_EXPIRE", *["-ERR USER_NOT_REGISTERED"] * 2]:
                raise RigError(f"the calls end with {causes}")
        finally:
            os.kill(first.child.pid, signal.SIGCONT)
        poll("its phone is called again", lambda: "fs_node=node1" in second.contact("1000"), timeout=_LEASE_SECONDS)
        return "one caller waited, and it came back"
