"""The log in its file, which SIGHUP rotates."""

from __future__ import annotations

import os
import re
import signal

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
