"""Debian's Kamailio as a carrier: registrar with passwords, proxy between the account and the rest of the world, and server
that tells of waiting messages.

It listens to UDP, TCP and TLS, and wants to see a certificate of its authority there.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .ports import LOOPBACK
from .probe import answers_options, ask
from .process import Child, RigError, poll

REALM = "carrier.example"

# Calls of accounts need the password and go to one callee; calls of others go where an account is registered.
_CONFIGURATION = """
#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
tcp_children=1
listen=udp:{address}:{port}
listen=tcp:{address}:{port}
listen=tls:{address}:{secured_port}
listen=tls:{address}:{other_secured_port}
enable_tls=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "tls.so"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_mwi.so"
modparam("presence", "db_url", "text://{tables}")
modparam("presence", "server_address", "sip:{address}:{port}")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{certificates}/agent.pem")
modparam("tls", "private_key", "{certificates}/agent.pem")
modparam("tls", "ca_list", "{certificates}/cafile.pem")
modparam("tls", "verify_certificate", 1)
modparam("tls", "require_certificate", 1)
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
        if (is_method("SUBSCRIBE")) {{
            handle_subscribe();
            exit;
        }}
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
    if (is_method("PUBLISH")) {{
        handle_publish();
        exit;
    }}
    if (is_method("SUBSCRIBE")) {{
        if (!pv_www_authenticate("{realm}", "{password}", "0") || $au != $fU) {{
            www_challenge("{realm}", "1");
            exit;
        }}
        handle_subscribe();
        exit;
    }}
    if (!is_method("INVITE")) {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    if ({is_account}) {{
        if (!pv_proxy_authenticate("{realm}", "{password}", "0") || $au != $fU) {{
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


# Where Debian has the tables of a database of text files, without rows, and those of them that are needed.
_EMPTY_TABLES = Path("/usr/share/kamailio/dbtext/kamailio")
_TABLES = ("version", "presentity", "active_watchers", "watchers")
_NEW_KEY = ("-newkey", "rsa:2048", "-nodes")


def _openssl(directory: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f"openssl {words[0]} failed: {done.stderr[-500:]}")


def make_certificates(directory: Path) -> None:
    """A certificate for localhost with its key, agent.pem, and that of the authority that has signed it, cafile.pem."""
    directory.mkdir()
    _openssl(directory, "req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "cafile.pem", "-days", "2",
             "-subj", "/CN=Rig")
    make_certificate(directory)


def make_certificate(directory: Path) -> None:
    """Another certificate for localhost with its key, agent.pem, which the directory's authority has signed."""
    _openssl(directory, "req", *_NEW_KEY, "-keyout", "agent.key", "-out", "agent.csr", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost")
    _openssl(directory, "x509", "-req", "-in", "agent.csr", "-CA", "cafile.pem", "-CAkey", "ca.key", "-CAcreateserial",
             "-days", "2", "-copy_extensions", "copy", "-out", "agent.crt")
    (directory / "agent.pem").write_text((directory / "agent.crt").read_text() + (directory / "agent.key").read_text())


class Kamailio:
    """One carrier on loopback, which may be ended and started again; it forgets registrations and subscriptions then."""

    def __init__(self, directory: Path, *, port: int, secured_ports: tuple[int, int], callee: int, callers: Sequence[str],
                 password: str, expires: int) -> None:
        """A carrier with any accounts of one password; those of the callers call the callee."""
        self._directory = directory
        self._port = port
        self._child: Child | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.certificates = directory / "certificates"
        make_certificates(self.certificates)
        self._tables = directory / "tables"
        self._tables.mkdir()
        self._configuration = directory / "kamailio.cfg"
        self._configuration.write_text(_CONFIGURATION.format(
            address=LOOPBACK, port=port, secured_port=secured_ports[0], other_secured_port=secured_ports[1],
            certificates=self.certificates, tables=self._tables, callee=callee, password=password, realm=REALM,
            expires=expires, is_account=" || ".join(f'$fU == "{caller}"' for caller in callers)))

    def start(self) -> None:
        """Starts it and waits until it answers."""
        for name in _TABLES:
            shutil.copy(_EMPTY_TABLES / name, self._tables / name)
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

    def publish_waiting(self, user: str, text: str) -> None:
        """Tells who has subscribed to a user's messages what waits (RFC 3842)."""
        status = ask("PUBLISH", self._port, user=user, timeout=2, body=text, headers=[
            "Event: message-summary", "Expires: 600", "Content-Type: application/simple-message-summary"])
        if status != 200:
            raise RigError(f"kamailio answers {status} to PUBLISH")

    def stop(self) -> None:
        """Ends it if it runs."""
        if self._child:
            self._child.stop(grace=10)
            self._child = None
