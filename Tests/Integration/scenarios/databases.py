"""A switch whose tables are in a file, and one whose are in two databases, through a balancer."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from rig.ports import LOOPBACK
from rig.process import Child, RigError, poll
from rig.scraper import scrape
from rig.standby import Pair
from rig.suite import Context, scenario
from rig.switch import Switch

_SECONDS = 20


class _Balanced(Switch):
    """A switch with mod_balancer, and its core database behind it."""

    pair: Pair

    def prepare(self) -> None:
        super().prepare()
        settings = self._conf / "autoload_configs"
        self.configure(2000)
        path, marked = settings / "modules.conf.xml", '<load module="mod_balancer"/>'
        text = path.read_text()
        if f"<!-- {marked} -->" not in text:
            raise RigError(f"conf/autoload_configs/{path.name} has no {marked}")
        path.write_text(text.replace(f"<!-- {marked} -->", marked))

    def configure(self, slow_start_milliseconds: int) -> None:
        """Writes the configuration of the balancer."""
        (self._conf / "autoload_configs" / "balancer.conf.xml").write_text(self.pair.balancer(slow_start_milliseconds))

    def row(self, node: str) -> list[str]:
        """What `balancer status` says of a node: name, state, order, role, use, share, statements and more."""
        with self.console() as console:
            lines = console.api("balancer status main").splitlines()
        return next((words for line in lines if (words := line.split())[:1] == [node]), [])

    def wait(self, node: str, place: int, word: str) -> None:
        """Waits until `balancer status` has a word at a place."""
        poll(f"{node} is {word}", lambda: self.row(node)[place:place + 1] == [word], timeout=_SECONDS)


@scenario("nodes")
def the_balancer_takes_orders(context: Context) -> str:
    model = context.tandem()
    with Pair(context.ports) as pair:
        switch = _Balanced(model.binary, context.directory / "balanced", context.ports, model.overlay,
                           core={"core-db-dsn": "balancer://main"})
        switch.pair = pair
        switch.start()
        try:
            return _order(switch, pair)
        finally:
            switch.stop()


def _order(switch: _Balanced, pair: Pair) -> str:
    for node in ("db1", "db2"):
        switch.wait(node, 1, "trusted")
    switch.wait("db1", 3, "writer")
    poll("the core database is written", lambda: int(switch.row("db1")[6]) > 0, timeout=_SECONDS)
    with switch.console() as console:
        for command, wanted in [("drain main db2", "+OK"), ("drain main db9", "-ERR no node db9"),
                                ("drain other db2", "-ERR no balancer other"), ("writer main db2", "-ERR"),
                                ("nonsense", "-USAGE")]:
            if not (answer := console.api(f"balancer {command}")).startswith(wanted):
                raise RigError(f"balancer {command} says {answer!r}")
        switch.wait("db2", 2, "drain")
        # A changed configuration keeps the orders.
        switch.configure(1000)
        for command in ("reloadxml", "reload mod_balancer"):
            if "+OK" not in (answer := console.api(command)):
                raise RigError(f"{command} says {answer!r}")
        switch.wait("db2", 2, "drain")
        if not (answer := console.api("balancer ready main db2")).startswith("+OK"):
            raise RigError(f"balancer ready says {answer!r}")
    switch.wait("db2", 2, "ready")
    for node in ("db1", "db2"):
        switch.wait(node, 1, "trusted")
    pair.primary.kill()
    switch.wait("db1", 1, "down")
    pair.standby.promote()
    switch.wait("db2", 3, "writer")
    pair.primary.revive()
    poll("the old primary is not used", lambda: "promoted" in switch.row("db1"), timeout=_SECONDS)
    samples = scrape(switch.metrics_port)
    for node, value in (("db1", 0), ("db2", 1)):
        if samples[f'tandem_balancer_node_writer{{balancer="main",node="{node}"}}'] != value:
            raise RigError(f"the metric of the writer is wrong for {node}")
    return "drain, reload, a promoted standby"


@scenario("nodes")
def wrong_databases_are_told(context: Context) -> str:
    """Programs whose database cannot be used end with the reason, and soon."""
    binary, directory = context.tandem().binary, context.directory / "wrong"
    directory.mkdir(parents=True, exist_ok=True)
    dsn = f"pgsql://host={LOOPBACK} port={context.ports.take()} dbname=x"
    node = f"<node name='a'><param name='dsn' value='{dsn}'/></node>"
    listens = f"<param name='listen-writer' value='{LOOPBACK}:{context.ports.take()}'/>"
    cases = [
        ("hidden", f"{listens}<nodes>{node}</nodes>", ["db-balancer"], "has no nodes"),
        ("deaf", node, ["db-balancer"], "nothing would listen"),
        ("name", f"{listens}<node name='a'><param name='dsn' value='odbc://x'/></node>", ["db-balancer"], "ODBC"),
        ("migrate", node, ["migrate", "init", "balancer://main", "--balancer-conf"], "no node of main can be used"),
    ]
    for name, content, words, reason in cases:
        path = directory / f"{name}.xml"
        path.write_text("<configuration name='balancer.conf'><balancers><balancer name='main'>"
                        f"{content}</balancer></balancers></configuration>")
        options = ["--control-port", str(context.ports.take())] if words == ["db-balancer"] else []
        child = Child(name, [str(binary), *words, str(path), *options], log=directory / f"{name}.log",
                      directory=directory, listens=False)
        try:
            status = child.wait(_SECONDS)
        finally:
            child.stop()
        if status == 0 or not any(reason in line for line in child.lines):
            raise RigError(f"{name}: status {status}, {child.lines[-3:]}")
    return f"{len(cases)} programs said why"


@scenario("nodes")
def the_core_database_is_kept_without_a_word(context: Context) -> str:
    """As other programs read it: our configuration names the file."""
    switch = context.tandem()

    def rows(sql: str, *values: str) -> int:
        with closing(sqlite3.connect(switch.database_directory / "core.db", timeout=10)) as database:
            return database.execute(f"SELECT count(*) FROM {sql}", values).fetchone()[0]

    with switch.console() as console:
        channel = console.api("originate null/rig &park").split()[1]
        poll("its row is there", lambda: rows("channels WHERE uuid = ?", channel) == 1, timeout=_SECONDS)
        console.api(f"uuid_kill {channel}")
        poll("its row is gone", lambda: rows("channels WHERE uuid = ?", channel) == 0, timeout=_SECONDS)
    return f"{rows('interfaces')} interfaces"
