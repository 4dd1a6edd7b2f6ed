"""Users, routes and SIP profiles from FusionPBX's tables: calls go on without memcached, and without the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Generic, TypeVar
from xml.sax.saxutils import quoteattr

from rig.baresip import Baresip
from rig.memcached import Memcached
from rig.process import Child, RigError, poll
from rig.scraper import scrape
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch
from rig.tables import DOMAIN, ECHO, PROFILES, USER_PASSWORD, USERS, PostgreSQLTables, SQLiteTables, Tables

_CALLER, _CALLEE, _NEWCOMER = USERS
# How many calls there are at each node while something happens, and how many begin in a second.
_CALLS, _RATE = 8, 8
# An address that phones may name at which nobody is.
_NOWHERE = 9
_SECONDS = 10
_CREDENTIALS = "switch:rows-secret"

_BINDING = """<configuration name="xml_curl.conf"><bindings><binding name="tables">
  <param name="gateway-url" value="http://127.0.0.1:{port}/" bindings="configuration|directory|dialplan"/>
  <param name="gateway-credentials" value="{credentials}"/>
  <!-- The profiles' ports are the switch's own variables. -->
  <param name="expand-globals" value="true"/>
</binding></bindings></configuration>
"""


class _Node(Switch):
    """A switch whose XML comes from tables."""

    tables: Tables
    memcached: Memcached
    memory_seconds = 60
    """For how long memory is believed without asking memcached."""


class _TableSwitch(_Node):
    """A switch that makes its XML itself."""

    def prepare(self) -> None:
        super().prepare()
        for name in ("mod_xml_handler", "mod_memcache"):
            self.load_module(name)
        self._set_parameters("memcache.conf.xml", {"memcache-servers": self.memcached.address})
        settings = {"dsn": self.tables.dsn, "memcache-servers": self.memcached.address,
                    "cache-memory-seconds": str(self.memory_seconds)}
        lines = "".join(f"<param name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in settings.items())
        (self._conf / "autoload_configs" / "xml_handler.conf.xml").write_text(
            f'<configuration name="xml_handler.conf"><settings>{lines}</settings></configuration>')

    def asks_memcached(self) -> bool:
        """Whether it asks the server, or has left it alone."""
        return scrape(self.metrics_port)[f'tandem_xml_handler_memcached{{server="{self.memcached.address}"}}'] == 1

    def forget_by_command(self, key: str) -> str:
        """Says by a command that a document has changed; the answer."""
        with self.console() as console:
            return console.api(f"memcache delete {key}")

    def forget_by_event(self, key: str) -> None:
        """Says it by an event."""
        with self.console() as console:
            console.send("sendevent CUSTOM\nEvent-Subclass: fusion::memcache\nAPI-Command: memcache\n"
                         f"API-Command-Argument: delete {key}")
            if not (answer := console.answer()).startswith("+OK"):
                raise RigError(f"sendevent says {answer}")


class _AskingSwitch(_Node):
    """A switch that asks `tandem xml-handler`, which is started with it."""

    service: Child | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.service_port = self.ports.take()

    def prepare(self) -> None:
        super().prepare()
        self.load_module("mod_xml_curl")
        (self._conf / "autoload_configs" / "xml_curl.conf.xml").write_text(
            _BINDING.format(port=self.service_port, credentials=_CREDENTIALS))

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        credentials = self.directory / "credentials"
        credentials.write_text(f"{_CREDENTIALS}\n")
        self.service = Child(
            "xml-handler", [str(self.binary), "xml-handler", "--dsn", self.tables.dsn, "--listen-port",
                            str(self.service_port), "--credentials", str(credentials), "--memcache-servers",
                            self.memcached.address],
            log=self.directory / "xml-handler.log", directory=self.directory, listens=False)
        self.service.wait_for("listening on", timeout=20)
        super().start()

    def stop(self) -> None:
        try:
            super().stop()
        finally:
            if self.service:
                self.service.stop()


_Kind = TypeVar("_Kind", bound=_Node)


class _Exchange(Generic[_Kind]):
    """Nodes with one database and one memcached, and telephones that call through them (sipp)."""

    def __init__(self, context: Context, name: str, tables: Tables, nodes: list[_Kind], memcached: Memcached) -> None:
        self.tables, self.nodes, self.memcached = tables, nodes, memcached
        self._ports = context.ports
        self._directory = context.directory / name
        self._callees: list[Sipp] = []
        # For those who call one after the other.
        self._port = context.ports.take()

    def _sipp(self, name: str, node: _Node, user: str, *, contact_port: int = 0, **more) -> Sipp:
        return Sipp(name, self._directory, self._ports, target_port=node.internal_port, user=user, password=USER_PASSWORD,
                    keys={"rig_user": user, "rig_contact_port": str(contact_port)}, **more)

    def register(self, node: _Node, user: str, contact_port: int) -> None:
        """A telephone registers."""
        self._sipp("register", node, user, contact_port=contact_port, port=self._port).run()

    def seat_callee(self) -> int:
        """Has a telephone at all nodes that answers whoever calls; its port."""
        callee = Sipp("callee", self._directory, self._ports, calls=1000, timeout_seconds=120).start()
        self._callees.append(callee)
        for node in self.nodes:
            self.register(node, _CALLEE, callee.port)
        return callee.port

    def stop_callees(self) -> None:
        """Ends those telephones."""
        for callee in self._callees:
            callee.stop()

    def call(self, node: _Node, number: str) -> None:
        """Calls a number, which has to be answered."""
        self._sipp("invite-early-offer", node, _CALLER, service=number, port=self._port, arguments=("-d", "200")).run()

    def call_in_vain(self, node: _Node, number: str) -> None:
        """Calls a number, which has to be refused as unknown."""
        self._sipp("invite-unknown", node, _CALLER, service=number, port=self._port).run()

    def call_through_all(self) -> None:
        """Calls the callee through each node."""
        for node in self.nodes:
            self.call(node, _CALLEE)

    def wait_for_echo(self, node: _Node, is_there: bool) -> None:
        """Calls again and again until the row of ECHO is the new one."""
        call = self.call if is_there else self.call_in_vain

        def is_new() -> bool:
            try:
                call(node, ECHO)
            except RigError:
                return False
            return True

        poll(f"{node.variables['hostname']} has the new row", is_new, timeout=_SECONDS)

    def call_while(self, action: Callable[[], object]) -> None:
        """Something happens while calls come in through all nodes, and afterwards there are more: none may fail."""
        callers = [self._sipp("invite-early-offer", node, _CALLER, service=_CALLEE, calls=_CALLS, rate=_RATE,
                              timeout_seconds=40, arguments=("-d", "300")) for node in self.nodes]
        try:
            for caller in callers:
                caller.start()
            for node, caller in zip(self.nodes, callers):
                poll("there is a call", lambda node=node, caller=caller: node.status()["sessions"] >= 2
                     or caller.child.status is not None, timeout=20, interval=0.02)
            action()
            for caller in callers:
                caller.finish()
        finally:
            for caller in callers:
                caller.stop()
        self.call_through_all()


@contextmanager
def _exchange(context: Context, name: str, tables: Tables, kind: type[_Kind], *, nodes: int = 1,
              memory_seconds: int = 60) -> Iterator[_Exchange[_Kind]]:
    """An exchange with so many nodes of a kind."""
    model, directory = context.tandem(), context.directory / name
    directory.mkdir(parents=True)
    with ExitStack() as ends:
        ends.callback(tables.stop)
        tables.start()
        tables.make(model.binary, directory)
        memcached = Memcached(directory, context.ports.take())
        ends.callback(memcached.stop)
        memcached.start()
        switches = []
        for number in range(1, nodes + 1):
            # What is kept of profiles is kept for each machine.
            switch = kind(model.binary, directory / f"node{number}", context.ports, model.overlay,
                          variables={"hostname": f"node{number}"})
            switch.tables, switch.memcached, switch.memory_seconds = tables, memcached, memory_seconds
            ends.callback(switch.stop)
            switch.start()
            switches.append(switch)
        exchange = _Exchange(context, name, tables, switches, memcached)
        ends.callback(exchange.stop_callees)
        yield exchange


def _talk(context: Context, node: Switch) -> None:
    """Two baresips register and call each other."""
    phones: list[Baresip] = []
    try:
        for user, hertz in ((_CALLER, 440), (_CALLEE, 530)):
            phone = context.desk.start(Baresip, user, hertz, node.account(user, USER_PASSWORD))
            phones.append(phone)
            phone.wait_registered()
        caller, callee = phones
        caller.dial(node.address(_CALLEE))
        callee.wait_incoming()
        caller.wait_ringback()
        callee.answer()
        caller.wait_established()
        callee.wait_established()
        caller.hang_up()
        callee.wait_ended()
    finally:
        for phone in phones:
            phone.stop()
    poll("no call is left", lambda: not node.status()["sessions"], timeout=_SECONDS)


@scenario("handler")
def rows_carry_calls_and_changes_reach_all_nodes(context: Context) -> str:
    tables = SQLiteTables(context.directory / "rows" / "rows.db")
    with _exchange(context, "rows", tables, _TableSwitch, nodes=2) as exchange:
        first, second = exchange.nodes
        for node in exchange.nodes:
            with node.console() as console:
                status = console.api("sofia status")
            if missing := [name for name in PROFILES if name not in status]:
                raise RigError(f"the rows' profiles {missing} are not in {status!r}")
        _talk(context, first)
        for node in exchange.nodes:
            exchange.call_in_vain(node, ECHO)
        tables.set_echo(True)
        # Nobody has said so: all have what they had.
        for node in exchange.nodes:
            exchange.call_in_vain(node, ECHO)
        if not (answer := first.forget_by_command(f"dialplan:{DOMAIN}")).startswith("+OK"):
            raise RigError(f"memcache delete says {answer!r}")
        exchange.call(first, ECHO)
        exchange.wait_for_echo(second, True)
        tables.set_echo(False)
        second.forget_by_event(f"dialplan:{DOMAIN}")
        for node in (second, first):
            exchange.wait_for_echo(node, False)
            if failures := scrape(node.metrics_port)["tandem_xml_handler_failures_total"]:
                raise RigError(f"{failures:g} questions could not be answered")
        return "by command and by event"


@scenario("handler")
def calls_go_on_without_memcached(context: Context) -> str:
    tables = SQLiteTables(context.directory / "frozen" / "rows.db")
    # memcached is asked for everything.
    with _exchange(context, "frozen", tables, _TableSwitch, nodes=2, memory_seconds=0) as exchange:
        first, second = exchange.nodes
        memcached = exchange.memcached
        exchange.seat_callee()
        exchange.call_through_all()
        for node in exchange.nodes:
            poll("memcached is asked", node.asks_memcached, timeout=_SECONDS)
            exchange.call_in_vain(node, ECHO)
        exchange.call_while(memcached.freeze)
        for node in exchange.nodes:
            poll("it is left alone", lambda node=node: not node.asks_memcached(), timeout=_SECONDS)
        # Whom nobody has asked for yet comes from the tables.
        exchange.register(first, _NEWCOMER, _NOWHERE)
        tables.set_echo(True)
        # The answer is of no interest: the server of the command is the one that hangs.
        first.forget_by_command(f"dialplan:{DOMAIN}")
        exchange.wait_for_echo(first, True)
        memcached.thaw()
        # It is told what it has missed, and so is the other node.
        exchange.wait_for_echo(second, True)
        for node in exchange.nodes:
            poll("it is asked again", node.asks_memcached, timeout=_SECONDS)
        exchange.call_while(memcached.kill)
        for node in exchange.nodes:
            poll("it is left alone", lambda node=node: not node.asks_memcached(), timeout=_SECONDS)
            exchange.call(node, ECHO)
        return f"{2 * _CALLS} calls while it froze, and while it was killed"


@scenario("handler")
def calls_go_on_without_the_database(context: Context) -> str:
    tables = PostgreSQLTables(context.ports)
    with _exchange(context, "database", tables, _TableSwitch, memory_seconds=0) as exchange:
        node = exchange.nodes[0]
        port = exchange.seat_callee()
        exchange.call_through_all()
        exchange.call_while(tables.shut_down)
        exchange.register(node, _CALLEE, port)
        exchange.register(node, _CALLER, _NOWHERE)
        # What memory has counts, once there is nobody else to ask.
        exchange.call_while(exchange.memcached.kill)
        exchange.register(node, _CALLEE, port)
        return f"{_CALLS} calls while it ended, and with memory alone"


@scenario("handler")
def a_switch_asks_the_service(context: Context) -> str:
    tables = SQLiteTables(context.directory / "service" / "rows.db")
    with _exchange(context, "service", tables, _AskingSwitch) as exchange:
        node = exchange.nodes[0]
        exchange.seat_callee()
        exchange.call_through_all()
        exchange.call_in_vain(node, ECHO)
        samples = scrape(node.service_port)
        counts = {outcome: samples[f'tandem_xml_handler_requests_total{{outcome="{outcome}"}}']
                  for outcome in ("answered", "failed", "refused", "limited")}
        answered = counts.pop("answered")
        if not answered or any(counts.values()):
            raise RigError(f"the service has answered {answered:g} questions, and not {counts}")
        return f"{answered:g} answers"
