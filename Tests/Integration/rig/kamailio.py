"""Debian's Kamailio as a carrier: registrar with passwords, and proxy between the account and the rest of the world."""

from __future__ import annotations

from pathlib import Path

from .ports import LOOPBACK
from .probe import answers_options
from .process import Child, RigError, poll

REALM = "carrier.example"

# Calls of the account need its password and go to one callee; calls of others go where the account is registered.
_CONFIGURATION = """
#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
tcp_children=1
listen=udp:{address}:{port}
listen=tcp:{address}:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", {expires})

request_route {{
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        loose_route();
        t_relay();
        exit;
    }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{realm}", "{password}", "0") || $au != $tU) {{
            www_challenge("{realm}", "1");
            exit;
        }}
        save("location");
        exit;
    }}
    if (!is_method("INVITE")) {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    if ($fU == "{user}") {{
        if (!pv_proxy_authenticate("{realm}", "{password}", "0") || $au != "{user}") {{
            proxy_challenge("{realm}", "1");
            exit;
        }}
        consume_credentials();
        $du = "sip:{address}:{callee}";
    }} else if (!lookup("location")) {{
        sl_send_reply("404", "Not Found");
        exit;
    }}
    record_route();
    t_relay();
}}
"""


class Kamailio:
    """One carrier on loopback, which may be ended and started again; what was registered is lost then."""

    def __init__(self, directory: Path, *, port: int, callee: int, user: str, password: str, expires: int) -> None:
        self._directory = directory
        self._port = port
        self._child: Child | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._configuration = directory / "kamailio.cfg"
        self._configuration.write_text(_CONFIGURATION.format(
            address=LOOPBACK, port=port, callee=callee, user=user, password=password, realm=REALM, expires=expires))

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._child = child = Child(
            "kamailio",
            ["kamailio", "-DD", "-E", "-f", str(self._configuration), "-m", "32", "-M", "4", "-w", str(self._directory),
             "-Y", str(self._directory)],
            directory=self._directory, log=self._directory / "kamailio.log")

        def answers() -> bool:
            if child.status is not None:
                raise RigError(f"kamailio ended with status {child.status}: {' | '.join(child.lines[-3:])}")
            return answers_options(self._port)

        poll("kamailio answers OPTIONS", answers, timeout=20)

    def stop(self) -> None:
        """Ends it if it runs."""
        if self._child:
            self._child.stop(grace=10)
            self._child = None
