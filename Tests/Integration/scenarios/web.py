"""Users and routes from a web server: a call goes through, also when the server is away or too slow."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from rig.process import RigError
from rig.scraper import scrape
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch

_USER, _PASSWORD = "7000", "web-Kq83nzRw"
_TIMEOUT_SECONDS = 2

_CONFIGURATION = """<configuration name="xml_curl.conf"><bindings>
  <binding name="first">
    <param name="gateway-url" value="http://127.0.0.1:{first}/xml" bindings="directory|dialplan"/>
    <param name="timeout" value="{timeout}"/>
    <param name="breaker-failures" value="2"/>
    <param name="breaker-seconds" value="600"/>
  </binding>
  <binding name="second">
    <param name="gateway-url" value="http://127.0.0.1:{second}/xml" bindings="directory|dialplan"/>
    <param name="gateway-credentials" value="switch:secret"/>
    <param name="method" value="GET"/>
  </binding>
</bindings></configuration>
"""

_DOCUMENT = '<document type="freeswitch/xml"><section name="{section}">{body}</section></document>'
_NOTHING = _DOCUMENT.format(section="result", body='<result status="not found"/>')
_DIRECTORY = """<domain name="{domain}"><user id="{user}">
  <params><param name="password" value="{password}"/></params>
  <variables><variable name="user_context" value="web"/></variables>
</user></domain>"""
# A server must not be able to run anything on the switch.
_DIALPLAN = """<X-PRE-PROCESS cmd="exec" data="touch {marker}"/>
<context name="web"><extension name="echo">
  <condition field="destination_number" expression="^9196$">
    <action application="answer"/><action application="echo"/>
  </condition>
</extension></context>"""


class _Server:
    """A web application for mod_xml_curl on a port of loopback: one user, one extension."""

    def __init__(self, port: int, marker: str, *, hangs: bool = False) -> None:
        questions: list[dict[str, str]] = []
        ended = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(self.path.partition("?")[2])

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, form: str) -> None:
                fields = {name: values[0] for name, values in parse_qs(form, keep_blank_values=True).items()}
                questions.append(fields)
                if hangs:
                    # One byte a moment: whoever waits for the end waits for ever.
                    self.send_response(200)
                    self.end_headers()
                    try:
                        while not ended.wait(0.05):
                            self.wfile.write(b" ")
                    except OSError:
                        pass
                    self.close_connection = True
                    return
                if self.headers.get("Authorization") != "Basic c3dpdGNoOnNlY3JldA==":
                    body, status = "", 403
                else:
                    body, status = _document(fields, marker), 200
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_) -> None:
                pass

        self.questions = questions
        self._ended = ended
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


def _document(fields: dict[str, str], marker: str) -> str:
    if fields["section"] == "directory" and fields.get("user") == _USER:
        body = _DIRECTORY.format(domain=fields["key_value"], user=_USER, password=_PASSWORD)
    elif fields["section"] == "dialplan" and fields.get("Hunt-Context") == "web":
        body = _DIALPLAN.format(marker=marker)
    else:
        return _NOTHING
    return _DOCUMENT.format(section=fields["section"], body=body)


class _WebSwitch(Switch):
    """A switch that asks two web servers before its files."""

    first_port = second_port = 0

    def prepare(self) -> None:
        super().prepare()
        configurations = self._conf / "autoload_configs"
        (configurations / "xml_curl.conf.xml").write_text(_CONFIGURATION.format(
            first=self.first_port, second=self.second_port, timeout=_TIMEOUT_SECONDS))
        self.load_module("mod_xml_curl")


def _call(context: Context, switch: Switch, user: str, password: str) -> None:
    Sipp("invite-early-offer", context.directory, context.ports, target_port=switch.internal_port, user=user,
         password=password, keys={"rig_user": user, "rig_contact_port": "0"}, service="9196", timeout_seconds=40,
         arguments=("-d", "300")).run()


def _with_first(context: Context, name: str, *, hangs: bool) -> str:
    """Calls with a first server that is of no use: away, or without an end to its answers."""
    model = context.tandem()
    switch = _WebSwitch(model.binary, context.directory / name, context.ports, model.overlay)
    switch.first_port, switch.second_port = context.ports.take(), context.ports.take()
    marker = context.directory / f"{name}-was-here"
    servers = [_Server(switch.second_port, str(marker))]
    try:
        if hangs:
            servers.append(_Server(switch.first_port, str(marker), hangs=True))
        switch.start()
        _call(context, switch, _USER, _PASSWORD)
        # Whom the servers do not know is in the files still.
        _call(context, switch, "1010", switch.password)
        switch.wait_idle()
        asked = {(fields["section"], fields.get("Event-Calling-Function")) for fields in servers[0].questions}
        for wanted in (("directory", "sofia_reg_parse_auth"), ("dialplan", "dialplan_xml_locate")):
            if wanted not in asked:
                raise RigError(f"nobody asked for {wanted}: {asked}")
        samples = scrape(switch.metrics_port)
        if samples['tandem_xml_curl_breaker_state{binding="first"}'] != 2:
            raise RigError("the first server is still asked")
        failed = samples['tandem_xml_curl_questions_total{binding="first",outcome="failed"}']
        if failed != 2:
            raise RigError(f"the first server failed {failed:g} times, expected 2")
        status = switch.console().api("xml_curl status")
        if "breaker   open" not in status or "breaker   closed" not in status:
            raise RigError(f"xml_curl status says {status!r}")
        if marker.exists():
            raise RigError("a document ran a program")
        return f"{len(servers[0].questions)} questions"
    finally:
        switch.stop()
        for server in servers:
            server.close()


@scenario("web")
def call_with_a_dead_server(context: Context) -> str:
    return _with_first(context, "dead", hangs=False)


@scenario("web")
def call_with_a_slow_server(context: Context) -> str:
    return _with_first(context, "slow", hangs=True)
