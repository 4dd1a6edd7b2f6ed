"""Users, routes and SIP profiles from FusionPBX's tables: calls go on without memcached, without the database, and while one
of several databases dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Generic, TypeVar
from xml.sax.saxutils import quoteattr

from rig.baresip import Baresip
from rig.memcached import Memcached
from rig.process import Child, RigError, poll
from rig.scraper import scrape
from rig.setups import SetUps
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch
from rig.tables import DOMAIN, ECHO, PROFILES, USER_PASSWORD, USERS, PostgreSQLTables, SQLiteTables, StandbyTables
from rig.tables import Tables

_CALLER, _CALLEE, _NEWCOMER = USERS
# How many calls there are at each node while something happens, how many begin in a second, and how many are answered by
# then.
_CALLS, _RATE, _CALLS_BEFORE = 24, 20, 8
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
    settings: dict[str, str] = {}
    """What xml_handler.conf says beside where tables and memcached are."""


class _TableSwitch(_Node):
    """A switch that makes its XML itself."""

    def prepare(self) -> None:
        super().prepare()
        for name in ("mod_xml_handler", "mod_memcache"):
            self.load_module(name)
        self._set_parameters("memcache.conf.xml", {"memcache-servers": self.memcached.address})
        settings = {"dsn": self.tables.dsn, **self.cache_settings, **self.settings}
        lines = "".join(f"<param name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in settings.items())
        (self._conf / "autoload_configs" / "xml_handler.conf.xml").write_text(
            f'<configuration name="xml_handler.conf"><settings>{lines}</settings></configuration>')

    @property
    def cache_settings(self) -> dict[str, str]:
        """Where documents are kept beside memory."""
        return {"memcache-servers": self.memcached.address}

    def documents(self, outcome: str) -> float:
        """How many documents were found so, or not (docs/metrics.md)."""
        return scrape(self.metrics_port)[f'tandem_xml_handler_cache_total{{outcome="{outcome}"}}']

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


class _BalancedSwitch(_TableSwitch):
    """The same with tables behind a balancer, and without memcached: nodes tell each other of deletes in the database."""

    tables: StandbyTables

    @property
    def cache_settings(self) -> dict[str, str]:
        return {}

    def prepare(self) -> None:
        super().prepare()
        self.load_module("mod_balancer")
        (self._conf / "autoload_configs" / "balancer.conf.xml").write_text(self.tables.balancer)

    def database_is(self, what: str, node: str) -> bool:
        """Whether the balancer says something of a node of the database."""
        return scrape(self.metrics_port).get(f'tandem_balancer_node_{what}{{balancer="main",node="{node}"}}') == 1


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
        # For those who call one after the other, and at the same time.
        self._port = context.ports.take()
        self._ports_of_nodes = [context.ports.take() for _ in nodes]

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

    def call_until(self, what: str, node: _Node, is_so: Callable[[], bool]) -> None:
        """Calls the callee again and again until something is so."""
        def question() -> bool:
            self.call(node, _CALLEE)
            return is_so()

        poll(what, question, timeout=_SECONDS)

    def call_while(self, action: Callable[[], object]) -> SetUps:
        """Something happens while calls come in through all nodes, and afterwards there are more: none may fail.

        Returns how long those calls took to be set up.
        """
        callers = [self._sipp("invite-early-offer", node, _CALLER, service=_CALLEE, calls=_CALLS, rate=_RATE, port=port,
                              is_timed=True, timeout_seconds=40, arguments=("-d", "300"))
                   for node, port in zip(self.nodes, self._ports_of_nodes)]
        try:
            for caller in callers:
                caller.start()
            for caller in callers:
                poll("there are calls", lambda caller=caller: len(caller.set_ups()) >= _CALLS_BEFORE
                     or caller.child.status is not None, timeout=20, interval=0.02)
            moment = time.time()
            action()
            for caller in callers:
                caller.finish()
        finally:
            for caller in callers:
                caller.stop()
        self.call_through_all()
        return SetUps.around(moment, [call for caller in callers for call in caller.set_ups()])


@contextmanager
def _exchange(context: Context, name: str, tables: Tables, kind: type[_Kind], *, nodes: int = 1,
              settings: dict[str, str] | None = None) -> Iterator[_Exchange[_Kind]]:
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
            switch.tables, switch.memcached, switch.settings = tables, memcached, settings or {}
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
    settings = {"cache-memory-seconds": "0"}
    with _exchange(context, "frozen", tables, _TableSwitch, nodes=2, settings=settings) as exchange:
        first, second = exchange.nodes
        memcached = exchange.memcached
        exchange.seat_callee()
        exchange.call_through_all()
        for node in exchange.nodes:
            poll("memcached is asked", node.asks_memcached, timeout=_SECONDS)
            exchange.call_in_vain(node, ECHO)
        frozen = exchange.call_while(memcached.freeze).expect_the_same("memcached freezes")
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
        vanished = exchange.call_while(memcached.vanish).expect_the_same("the address of memcached answers nothing")
        for node in exchange.nodes:
            poll("it is left alone", lambda node=node: not node.asks_memcached(), timeout=_SECONDS)
        memcached.thaw()
        for node in exchange.nodes:
            poll("it is asked again", node.asks_memcached, timeout=_SECONDS)
        killed = exchange.call_while(memcached.kill).expect_the_same("memcached is killed")
        for node in exchange.nodes:
            poll("it is left alone", lambda node=node: not node.asks_memcached(), timeout=_SECONDS)
            exchange.call(node, ECHO)
        return (f"{2 * _CALLS} calls each, their median and the slowest but one: while it froze {frozen}; while it could not "
                f"be reached {vanished}; while it was killed {killed}")


@scenario("handler")
def calls_go_on_without_the_database(context: Context) -> str:
    tables = PostgreSQLTables(context.ports)
    # After a second everything is too old, and given all the same only because nobody answers.
    settings = {"cache-memory-seconds": "0", "cache-seconds": "1", "cache-refresh-seconds": "0"}
    with _exchange(context, "database", tables, _TableSwitch, settings=settings) as exchange:
        node = exchange.nodes[0]
        port = exchange.seat_callee()
        exchange.call_through_all()
        stale = _stale(node)
        try:
            frozen = exchange.call_while(tables.freeze)
            exchange.call_until("what is too old is given while the database hangs", node, lambda: _stale(node) > stale)
        finally:
            tables.thaw()
        exchange.call_until("the database is asked again", node, _answers_anew(node))
        stale = _stale(node)
        ended = exchange.call_while(tables.shut_down)
        exchange.call_until("what is too old is given without a database", node, lambda: _stale(node) > stale)
        exchange.register(node, _CALLEE, port)
        exchange.register(node, _CALLER, _NOWHERE)
        # What memory has counts, once there is nobody else to ask.
        exchange.call_while(exchange.memcached.kill)
        exchange.register(node, _CALLEE, port)
        # One that hangs is waited for, for a tenth of a second now and then.
        return (f"{_CALLS} calls each, their median and the slowest but one: while it froze {frozen}; while it ended {ended}; "
                "and with memory alone")


def _stale(node: _TableSwitch) -> float:
    """How many documents were given although they were too old."""
    return node.documents("stale")


def _answers_anew(node: _TableSwitch) -> Callable[[], bool]:
    """A question whether, since it was asked last, documents were made of rows and none that was too old was given."""
    def counts() -> tuple[float, float, float]:
        return node.documents("loaded"), node.documents("failed"), _stale(node)

    last = counts()

    def question() -> bool:
        nonlocal last
        before, last = last, counts()
        return last[0] > before[0] and last[1:] == before[1:]

    return question


@scenario("handler")
def calls_go_on_while_a_primary_dies(context: Context) -> str:
    tables = StandbyTables(context.ports)
    # Rows are read all the time, of whichever server is there.
    settings = {"cache-seconds": "1", "cache-refresh-seconds": "0"}
    with _exchange(context, "balanced", tables, _BalancedSwitch, nodes=2, settings=settings) as exchange:
        first, second = exchange.nodes
        port = exchange.seat_callee()
        for node in exchange.nodes:
            for server in ("db1", "db2"):
                poll(f"{server} is used", lambda node=node, server=server: node.database_is("trusted", server),
                     timeout=_SECONDS)
            exchange.call_in_vain(node, ECHO)
        failed = [node.documents("failed") for node in exchange.nodes]
        killed = exchange.call_while(tables.kill_primary)
        # Whom nobody has asked for yet comes from the standby.
        exchange.register(first, _NEWCOMER, port)
        exchange.call(first, _NEWCOMER)
        if [node.documents("failed") for node in exchange.nodes] != failed:
            raise RigError("documents could not be made of the standby's rows")
        tables.promote_standby()
        for node in exchange.nodes:
            poll("the standby is written to", lambda node=node: node.database_is("writer", "db2"), timeout=_SECONDS)
        tables.set_echo(True)
        forgotten = second.documents("forgotten")
        first.forget_by_event(f"dialplan:{DOMAIN}")
        poll("the other node has heard of it", lambda: second.documents("forgotten") > forgotten, timeout=_SECONDS)
        for node in exchange.nodes:
            exchange.wait_for_echo(node, True)
        return f"{2 * _CALLS} calls, their median and the slowest but one: {killed}; then a newcomer, and a delete"


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
