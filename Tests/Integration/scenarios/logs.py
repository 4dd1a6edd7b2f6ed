"""What SIGHUP does: the log's file is rotated, and the configuration is read anew."""

from __future__ import annotations

import os
import re
import signal

from rig.console import Console
from rig.process import RigError, poll
from rig.suite import Context, scenario

_LINE = re.compile(r"^(?:[0-9a-f-]{36} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \[[A-Z]+\] \S+:\d+ .", re.MULTILINE)


@scenario("event-socket")
def log_file_is_rotated(context: Context) -> str:
    switch = context.tandem()
    log, old = switch.log_directory / "freeswitch.log", switch.log_directory / "freeswitch.log.1"
    before = log.read_text()
    if not _LINE.match(before) or " [NOTICE] " not in before and " [INFO] " not in before:
        raise RigError(f"{log.name} begins with {before[:80]!r}")
    assert switch.child
    os.kill(switch.child.pid, signal.SIGHUP)
    poll("the file is rotated", old.exists, timeout=10)
    kept = old.read_text()
    if not kept.startswith(before):
        raise RigError(f"{old.name} does not begin with what was in {log.name}")
    poll("a new file is there", log.exists, timeout=10)
    return f"{len(kept.splitlines())} lines"


def _expect(console: Console, command: str, wanted: str) -> None:
    if wanted not in (answer := console.api(command)):
        raise RigError(f"{command} says {answer!r}")


@scenario("event-socket")
def broken_configuration_changes_nothing(context: Context) -> str:
    switch = context.tandem()
    assert switch.child
    context_file = switch.dialplan_directory / "default" / "zz-reloaded.xml"
    find = "xml_locate dialplan context name default"
    with switch.console() as console:
        try:
            context_file.write_text('<include>\n<extension name="first-reload">\n</include>\n')
            answer = console.api("reloadxml")
            if not re.search(r"zz-reloaded\.xml:\d", answer):
                raise RigError(f"reloadxml of a broken file says {answer!r}")
            os.kill(switch.child.pid, signal.SIGHUP)
            # Both orders are carried out one after the other: the second has ended when a third one is answered.
            if not re.search(r"zz-reloaded\.xml:\d", console.api("reloadxml")):
                raise RigError("the broken file was taken")
            _expect(console, find, 'name="Local_Extension"')
            context_file.write_text('<include>\n<extension name="second-reload"/>\n</include>\n')
            os.kill(switch.child.pid, signal.SIGHUP)
            poll("the mended file is read", lambda: "second-reload" in console.api(find), timeout=10)
        finally:
            context_file.unlink()
        _expect(console, "reloadxml", "+OK [Success]")
        if "second-reload" in console.api(find):
            raise RigError("a file that is gone is still in force")
    return "a broken file was refused with its line, a mended one read"
