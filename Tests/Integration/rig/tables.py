"""FusionPBX's tables, made by `tandem migrate init`, with a few rows: users who call each other, routes, SIP profiles."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import uuid
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path

from .databases import PostgreSQL, make_directory, run_as_user
from .ports import LOOPBACK, PortBlock
from .process import RigError
from .standby import Pair

DOMAIN = LOOPBACK
"""The tenant, and the context of its users: as phones of the rig have it behind the @ sign."""
USERS = ("7000", "7001", "7002")
"""Who is in the rows, and in no file."""
USER_PASSWORD = "rows-kV3qz8Rw"
PROFILES = ("rows", "rows-outside")
"""What the profiles are called, which no file has either."""
ECHO = "7777"
"""A number whose row changes."""

_STOP_SECONDS = 20
_ADDRESSES = {"sip-ip": "$${bind_server_ip}", "rtp-ip": "$${bind_server_ip}", "dialplan": "XML", "context": "public",
              "inbound-codec-prefs": "$${global_codec_prefs}", "outbound-codec-prefs": "$${outbound_codec_prefs}",
              # As in rig/switch.py.
              "timer-T1": "100"}
_INSIDE = {**_ADDRESSES, "sip-port": "$${internal_sip_port}", "auth-calls": "true", "challenge-realm": "auto_from",
           "force-register-domain": "$${domain}", "force-register-db-domain": "$${domain}",
           "inbound-reg-force-matching-username": "true", "multiple-registrations": "contact"}
_OUTSIDE = {**_ADDRESSES, "sip-port": "$${external_sip_port}", "auth-calls": "false", "disable-register": "true"}

_ANSWERED = '<action application="answer"/><action application="echo"/>'
_REFUSED = '<action application="respond" data="404"/>'
_CALLED = '<action application="bridge" data="user/$1@${domain_name}"/>'


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _insert(table: str, **values: object) -> str:
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(_quoted(value) for value in values.values())});\n"


def _identifier() -> str:
    return str(uuid.uuid4())


def _extension(name: str, expression: str, actions: str) -> str:
    return (f'<extension name="{name}"><condition field="destination_number" expression="{expression}">{actions}'
            "</condition></extension>")


def _echo_extension(is_there: bool) -> str:
    return _extension("echo", f"^{ECHO}$", _ANSWERED if is_there else _REFUSED)


def _rows() -> str:
    domain = _identifier()
    text = _insert("v_domains", domain_uuid=domain, domain_name=DOMAIN, domain_enabled=True)
    for user in USERS:
        text += _insert("v_extensions", extension_uuid=_identifier(), domain_uuid=domain, extension=user,
                        password=USER_PASSWORD, user_context=DOMAIN, call_timeout=30, enabled=True)
    routes = [("echo", _echo_extension(False)), ("users", _extension("users", r"^(70\d\d)$", _CALLED)),
              ("nobody", _extension("nobody", "^.*$", _REFUSED))]
    for number, (name, content) in enumerate(routes, 1):
        text += _insert("v_dialplans", dialplan_uuid=_identifier(), domain_uuid=domain, dialplan_context=DOMAIN,
                        dialplan_name=name, dialplan_xml=content, dialplan_order=10 * number, dialplan_enabled=True)
    for name, settings in zip(PROFILES, (_INSIDE, _OUTSIDE)):
        profile = _identifier()
        text += _insert("v_sip_profiles", sip_profile_uuid=profile, sip_profile_name=name, sip_profile_enabled=True)
        for setting, value in settings.items():
            text += _insert("v_sip_profile_settings", sip_profile_setting_uuid=_identifier(), sip_profile_uuid=profile,
                            sip_profile_setting_name=setting, sip_profile_setting_value=value,
                            sip_profile_setting_enabled=True)
    return text


class Tables(ABC):
    """A database with the tables."""

    @property
    @abstractmethod
    def dsn(self) -> str:
        """How it is named in our configuration."""

    @property
    def server_dsn(self) -> str:
        """The same without anything between."""
        return self.dsn

    @abstractmethod
    def change(self, statements: str) -> None:
        """Carries statements out, each with its semicolon."""

    def start(self) -> None:
        """Has the database there."""

    def stop(self) -> None:
        """Ends it for good."""

    def make(self, binary: Path, directory: Path) -> None:
        """Makes the tables and their rows."""
        done = subprocess.run([str(binary), "migrate", "init", self.server_dsn], cwd=directory, capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            raise RigError(f"tandem migrate init: status {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
        self.change(_rows())

    def set_echo(self, is_there: bool) -> None:
        """Whether the number ECHO is answered, or refused as if it were not there."""
        content = _quoted(_echo_extension(is_there))
        self.change(f"UPDATE v_dialplans SET dialplan_xml = {content} WHERE dialplan_name = 'echo';\n")


class SQLiteTables(Tables):
    """Tables in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def dsn(self) -> str:
        return f"sqlite://{self._file}"

    def change(self, statements: str) -> None:
        with closing(sqlite3.connect(self._file, timeout=10)) as database:
            database.executescript(f"BEGIN;\n{statements}COMMIT;\n")


class PostgreSQLTables(Tables):
    """Tables on a server of their own."""

    def __init__(self, ports: PortBlock) -> None:
        self._server = PostgreSQL(make_directory(), "postgresql", ports.take())

    @property
    def dsn(self) -> str:
        return self._server.dsn

    def start(self) -> None:
        self._server.create()
        self._server.start()

    def stop(self) -> None:
        self._server.stop()
        shutil.rmtree(self._server.directory, ignore_errors=True)

    def shut_down(self) -> None:
        """Ends the server, with whatever clients are connected to it."""
        assert self._server.child
        os.kill(self._server.child.pid, signal.SIGINT)
        self._server.child.wait(_STOP_SECONDS)

    def freeze(self) -> None:
        """Stops the server as it is: its connections stay, and nobody answers."""
        self._server.freeze()

    def thaw(self) -> None:
        """Lets it go on."""
        self._server.thaw()

    def change(self, statements: str) -> None:
        _change(self._server, statements)


class StandbyTables(Tables):
    """Tables on a primary of PostgreSQL and its standby, as the balancer `main` has them."""

    def __init__(self, ports: PortBlock) -> None:
        self._pair = Pair(ports)
        self._writer: PostgreSQL = self._pair.primary

    @property
    def dsn(self) -> str:
        return "balancer://main"

    @property
    def server_dsn(self) -> str:
        return self._writer.dsn

    @property
    def balancer(self) -> str:
        """The configuration of that balancer."""
        return self._pair.balancer()

    def start(self) -> None:
        self._pair.__enter__()

    def stop(self) -> None:
        self._pair.__exit__()

    def kill_primary(self) -> None:
        """Ends the primary as a crash would, and leaves it so."""
        self._pair.primary.kill()

    def promote_standby(self) -> None:
        """Makes the standby the primary."""
        self._pair.standby.promote()
        self._writer = self._pair.standby

    def change(self, statements: str) -> None:
        _change(self._writer, statements)


def _change(server: PostgreSQL, statements: str) -> None:
    run_as_user([server.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                 f"--dbname={server.dsn.removeprefix('pgsql://')}"], f"BEGIN;\n{statements}COMMIT;\n")
