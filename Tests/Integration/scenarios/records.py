"""Call detail records: none is lost with the collector away and the process killed."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

from rig.process import RigError, poll
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch

CALLS = 20

_CONFIGURATION = """<configuration name="xml_cdr.conf"><settings>
  <param name="url" value="http://127.0.0.1:{port}/cdr"/>
  <param name="encode" value="textxml"/>
  <param name="prefix-a-leg" value="true"/>
  <param name="durable" value="true"/>
</settings></configuration>
"""


class _RecordingSwitch(Switch):
    """A switch that posts its records to a port on loopback."""

    collector_port = 0

    def prepare(self) -> None:
        super().prepare()
        configurations = self._conf / "autoload_configs"
        (configurations / "xml_cdr.conf.xml").write_text(_CONFIGURATION.format(port=self.collector_port))
        modules = configurations / "modules.conf.xml"
        text = modules.read_text()
        load = '<!-- <load module="mod_xml_cdr"/> -->'
        if load not in text:
            raise RigError(f"{modules} does not have {load}")
        modules.write_text(text.replace(load, '<load module="mod_xml_cdr" critical="true"/>'))

    def unsent(self) -> dict[str, str]:
        """The records that wait for the collector, by name."""
        spool = self._base / "log" / "xml_cdr" / "unsent"
        return {path.name: path.read_text() for path in spool.glob("*.cdr.xml")} if spool.exists() else {}


class _Collector:
    """A web server that keeps what it is sent."""

    def __init__(self, port: int) -> None:
        bodies: dict[str, str] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                bodies[self.path] = body
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_) -> None:
                pass

        self.bodies = bodies
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()


@scenario("records")
def survive_a_killed_process(context: Context) -> str:
    model = context.tandem()
    switch = _RecordingSwitch(model.binary, context.directory / "recording", context.ports, model.overlay)
    switch.collector_port = context.ports.take()
    collector = None
    try:
        switch.start()
        Sipp("invite-early-offer", context.directory, context.ports, target_port=switch.internal_port, user="1010",
             password=switch.password, keys={"rig_user": "1010", "rig_contact_port": "0"}, service="9196",
             calls=CALLS, rate=20, arguments=("-d", "300")).run()
        poll("all calls are over", lambda: switch.status()["sessions"] == 0, timeout=10)
        switch.kill()
        waiting = switch.unsent()
        _check(waiting)
        collector = _Collector(switch.collector_port)
        switch.start()
        poll("the collector has every record", lambda: len(collector.bodies) >= CALLS, timeout=20)
        poll("nothing waits any more", lambda: not switch.unsent(), timeout=20)
        if set(collector.bodies.values()) != set(waiting.values()):
            raise RigError("the collector has other records than those that waited")
        return f"{len(waiting)} records"
    finally:
        switch.stop()
        if collector:
            collector.close()


def _check(records: dict[str, str]) -> None:
    """Raises when there is not a whole record for each call."""
    if len(records) != CALLS:
        raise RigError(f"{len(records)} records wait, expected {CALLS}")
    for name, text in records.items():
        record = ElementTree.fromstring(text)
        if name != f"a_{record.findtext('variables/uuid')}.cdr.xml":
            raise RigError(f"{name} has the record of another channel")
        if record.findtext("variables/hangup_cause") != "NORMAL_CLEARING":
            raise RigError(f"{name} has hangup_cause {record.findtext('variables/hangup_cause')}")
        if record.find("callflow/extension") is None or record.findtext("variables/last_app") is None:
            raise RigError(f"{name} does not tell what the call did")
        if int(record.findtext("variables/billmsec", "0")) <= 0:
            raise RigError(f"{name} bills nothing")
