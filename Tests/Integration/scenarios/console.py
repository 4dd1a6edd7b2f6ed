"""The console: of a switch that runs already, and of one in the foreground of a terminal."""

from __future__ import annotations

import dataclasses
import os
import re
import socket
import subprocess
from pathlib import Path

from rig.ports import LOOPBACK
from rig.probe import answers_options
from rig.process import Child, RigError, poll
from rig.suite import Context, scenario
from rig.switch import Switch
from rig.terminal import Terminal

_PROMPT = r"tandem@\S+> "


def _cli(switch: Switch) -> list[str]:
    return [str(switch.binary), "cli", "-H", switch.domain, "-P", str(switch.event_port), "-p", switch.event_password]


def _log(switch: Switch, text: str, level: str = "notice") -> None:
    """Has a line written to the log from elsewhere."""
    subprocess.run([*_cli(switch), "-q", "-x", f"log {level} {text}"], check=True, capture_output=True, timeout=20)


def _expect(home: Path, command: list[str], status: int, *, output: str | None = None, error: str = "") -> None:
    """Runs a console that ends by itself, and looks at its status, its whole output, and a part of what it complains of."""
    environment = {**os.environ, "HOME": str(home)}
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                            check=False)
    is_right = result.returncode == status and error in result.stderr and bool(error) == bool(result.stderr)
    if not is_right or (output is not None and result.stdout != output):
        raise RigError(f"{' '.join(command[1:])} ended with {result.returncode}: {result.stdout!r}, {result.stderr!r}")


def _identity(switch: Switch) -> str:
    """Which of its lives a switch is in; nothing while it does not answer."""
    command = [*_cli(switch), "-q", "-x", "global_getvar core_uuid"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()


def _foreground(context: Context, name: str, *options: str) -> tuple[Switch, Terminal]:
    """A switch of its own in the foreground of a terminal, as soon as it answers."""
    switch = dataclasses.replace(context.tandem(), directory=context.directory / name, child=None)
    switch.prepare()
    terminal = Terminal(name, [*switch.command, *options], directory=switch.directory)
    try:
        terminal.wait_for("is ready")
        poll("the switch answers", lambda: answers_options(switch.internal_port), timeout=20)
    except RigError:
        terminal.close()
        raise
    return switch, terminal


def _complete(terminal: Terminal, beginning: str, rest: str, answer: str) -> None:
    """Has a line completed and runs it once it is whole: a newline that is typed ahead could be quicker."""
    since = terminal.type(f"{beginning}\t")
    terminal.wait_for(rf"(?s){beginning}.*{rest}", since=since)
    since = terminal.type("\n")
    terminal.wait_for(answer, since=since)


@scenario("console")
def cli_completes_lines(context: Context) -> None:
    switch = context.tandem()
    with Terminal("tandem cli", [*_cli(switch), "-q"], directory=Path(context.directory)) as terminal:
        terminal.wait_for(_PROMPT)
        # One choice is written out, and its effect shows it.
        _complete(terminal, "uuid_brea", "k", r"-USAGE: <uuid> \[all\]")
        _complete(terminal, "show cod", "ec", r"(?s)codec,.*\d+ total\.")
        # Of several, there is a list, and what they have in common.
        since = terminal.type("sched_\t")
        terminal.wait_for(r"\[ +sched_api\]\s+\[ +sched_broadcast\]", since=since)
        _complete(terminal, "d", "el", "-ERR|-USAGE|Deleted")
        terminal.type("/quit\n")
        terminal.end()


@scenario("console")
def cli_keeps_its_history(context: Context) -> None:
    switch, home = context.tandem(), context.directory / "history"
    home.mkdir()
    file = home / ".tandem_cli_history"
    # More than are kept, as the library writes them, and readable to everybody.
    file.write_text("_HiStOrY_V2_\n" + "".join(f"echo\\040old-{number}\n" for number in range(600)))
    file.chmod(0o644)
    with Terminal("tandem cli", [*_cli(switch), "-q"], directory=home) as terminal:
        terminal.wait_for(_PROMPT)
        since = terminal.type("\x1b[A\n")
        terminal.wait_for(r"[\r\n]old-599", since=since)
        since = terminal.type("echo kept-for-later\n")
        terminal.wait_for(r"[\r\n]kept-for-later", since=since)
        terminal.type("/quit\n")
        terminal.end()
    lines = file.read_text().splitlines()
    if len(lines) != 501 or lines[-2:] != ["echo\\040kept-for-later", "/quit"]:
        raise RigError(f"the history has {len(lines)} lines, the last are {lines[-3:]}")
    if file.stat().st_mode & 0o077:
        raise RigError("others can read the history")
    with Terminal("tandem cli again", [*_cli(switch), "-q"], directory=home) as terminal:
        terminal.wait_for(_PROMPT)
        since = terminal.type("\x1b[A\x1b[A\n")
        terminal.wait_for(r"[\r\n]kept-for-later", since=since)
        terminal.type("/quit\n")
        terminal.end()


@scenario("console")
def cli_shows_levels_in_colours(context: Context) -> None:
    switch, home = context.tandem(), Path(context.directory)
    with Terminal("tandem cli", [*_cli(switch), "-l", "info"], directory=home) as terminal:
        terminal.wait_for(r"\+OK log level")
        for level, colour in (("err", 31), ("warning", 35), ("notice", 36), ("info", 32)):
            since = terminal.mark()
            _log(switch, f"in-{level}", level)
            line = rf"\x1b\[{colour}m[^\x1b]*\[{level.upper()}\][^\x1b]*in-{level}\r?\n\x1b\[0m"
            terminal.wait_for(line, since=since, raw=True)
        # Less is shown from here on; the line that comes proves that the other did not.
        since = terminal.type("/log err\n")
        terminal.wait_for(r"\+OK log level", since=since)
        _log(switch, "too-little", "warning")
        _log(switch, "enough", "err")
        if "too-little" in terminal.wait_for(r"(?s).*enough", since=since)[0]:
            raise RigError("/log err shows warnings")
        since = terminal.type("/nolog\n")
        terminal.wait_for(r"\+OK", since=since)
        _log(switch, "afterwards", "err")
        terminal.type("echo over\n")
        if "afterwards" in terminal.wait_for(r"(?s).*[\r\n]over", since=since)[0]:
            raise RigError("/nolog shows lines")
        terminal.type("/quit\n")
        terminal.end()
    with Terminal("tandem cli -n", [*_cli(switch), "-n", "-l", "notice"], directory=home) as terminal:
        terminal.wait_for(r"\+OK log level")
        _log(switch, "in-plain")
        if re.search(r"\x1b\[3\dm", terminal.wait_for(r"(?s).*in-plain", raw=True)[0]):
            raise RigError("there are colours in spite of -n")
        terminal.type("/quit\n")
        terminal.end()


@scenario("console")
def cli_in_a_pipe_has_no_colours(context: Context) -> None:
    switch = context.tandem()
    program = Child("tandem cli", [*_cli(switch), "-l", "notice"], log=context.directory / "cli-pipe.log",
                    environment={"HOME": str(context.directory)})
    try:
        program.wait_for(r"^\+OK log level")
        _log(switch, "into-a-pipe")
        program.wait_for("into-a-pipe")
        program.send("echo a-line")
        program.wait_for("^a-line$")
        program.send("/bye")
        if status := program.wait(10):
            raise RigError(f"the console ended with status {status}")
        if coloured := [line for line in program.lines if "\x1b" in line]:
            raise RigError(f"a pipe gets {coloured[0]!r}")
    finally:
        program.stop()


@scenario("console")
def cli_shows_events(context: Context) -> None:
    switch = context.tandem()
    with Terminal("tandem cli", [*_cli(switch), "-q"], directory=Path(context.directory)) as terminal, \
            switch.console() as other:
        def fire(number: int) -> None:
            other.send(f"sendevent CUSTOM\nEvent-Subclass: rig::event\nRig-Number: {number}")
            other.answer()

        terminal.wait_for(_PROMPT)
        since = terminal.type("/event plain CUSTOM rig::event\n")
        terminal.wait_for(r"\+OK event listener enabled plain", since=since)
        fire(1)
        terminal.wait_for(r"Event-Subclass: rig%3A%3Aevent(?s:.*)Rig-Number: 1", since=since)
        since = terminal.type("/filter Rig-Number 3\n")
        terminal.wait_for(r"\+OK filter added", since=since)
        fire(2)
        fire(3)
        if "Rig-Number: 2" in terminal.wait_for(r"(?s).*Rig-Number: 3", since=since)[0]:
            raise RigError("the filter lets everything through")
        since = terminal.type("/noevents\n")
        terminal.wait_for(r"\+OK no longer listening", since=since)
        fire(3)
        terminal.type("echo over\n")
        if "Rig-Number" in terminal.wait_for(r"(?s).*[\r\n]over", since=since)[0]:
            raise RigError("/noevents shows events")
        terminal.type("/quit\n")
        terminal.end()


@scenario("console")
def cli_ends_as_it_is_told(context: Context) -> None:
    switch = context.tandem()
    # The last is the end of the input.
    for line in ("/bye\n", "/exit\n", "/QUIT\n", "exit\n", "...\n", "\x04"):
        with Terminal(f"tandem cli, {line!r}", [*_cli(switch), "-q"], directory=Path(context.directory)) as terminal:
            terminal.wait_for(_PROMPT)
            terminal.type(line)
            terminal.end()
    with switch.console() as console:
        if not console.api("status").startswith("UP "):
            raise RigError("the switch ended with its console")


@scenario("console")
def cli_runs_commands(context: Context) -> None:
    switch, home = context.tandem(), Path(context.directory)
    cli = _cli(switch)
    _expect(home, [*cli, "-x", "echo one"], 0, output="one\n")
    _expect(home, [*cli, "-x", "echo one", "-x", "echo two"], 0, output="one\ntwo\n")
    # What the switch thinks of a command is no failure of the console.
    _expect(home, [*cli, "-x", "nonsense"], 0, output="-ERR nonsense Command not found!\n")
    _expect(home, [*cli, "-t", "5000", "-x", "msleep 50"], 0)
    _expect(home, [*cli, "-t", "0", "-x", "msleep 50"], 0)
    _expect(home, [*cli, "-t", "200", "-x", "msleep 5000"], 254, output="", error="the switch does not answer")


@scenario("console")
def cli_says_why_it_cannot(context: Context) -> None:
    switch, home = context.tandem(), Path(context.directory)
    cli = [str(switch.binary), "cli", "-H", LOOPBACK]
    ours, status = ["-P", str(switch.event_port)], ["-x", "status"]
    _expect(home, [*cli, *ours, "-p", "wrong", *status], 255, output="", error="the switch refused the password")
    _expect(home, [*cli, *ours, "-u", "1000@nowhere", "-p", "wrong", *status], 255, output="",
            error="the switch refused the password")
    closed = str(context.ports.take())
    _expect(home, [*cli, "-P", closed, "-p", "x", *status], 255, output="", error=f"port {closed}: Connection refused")
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = str(silent.getsockname()[1])
        _expect(home, [*cli, "-P", port, "-p", "x", "-T", "200", *status], 255, output="", error="does not answer")
    _expect(home, [*cli, *ours, "-p", "x", "-l", "loud", *status], 64, error="loud is no log level")
    _expect(home, [*cli, "-P", "70000", *status], 64, error="70000")


@scenario("console")
def cli_reads_profiles(context: Context) -> None:
    switch, home = context.tandem(), context.directory / "profiles"
    home.mkdir()
    file = home / ".fs_cli_conf"
    file.write_text(f"""\
; one that works, and others
[default]
host     => {LOOPBACK}
port     => {switch.event_port}
password => {switch.event_password}

[wrong]
host => {LOOPBACK}
port => {switch.event_port}
password => wrong
[quick]
host = {LOOPBACK}
port = {switch.event_port}
password = {switch.event_password}
timeout = 200
[broken]
port => 70000
""")
    program = [str(switch.binary), "cli"]
    _expect(home, [*program, "-x", "echo found"], 0, output="found\n")
    _expect(home, [*program, "default", "-x", "echo found"], 0, output="found\n")
    _expect(home, [*program, "wrong", "-x", "echo found"], 255, output="", error="refused the password")
    # What the command line says counts more.
    _expect(home, [*program, "wrong", "-p", switch.event_password, "-x", "echo found"], 0, output="found\n")
    _expect(home, [*program, "quick", "-x", "msleep 5000"], 254, output="", error="the switch does not answer")
    _expect(home, [*program, "quick", "-t", "0", "-x", "msleep 400"], 0)
    _expect(home, [*program, "broken", "-x", "status"], 1, output="", error=f"{file}: line 17: 70000 cannot be the port")
    _expect(home, [*program, "nobody", "-x", "status"], 1, output="", error="there is no profile nobody")


@scenario("console")
def console_in_the_foreground(context: Context) -> None:
    switch, terminal = _foreground(context, "foreground")
    with terminal:
        terminal.wait_for(_PROMPT)
        # A line of the log comes above the line that is being typed, which stays whole.
        since = terminal.type("stat")
        terminal.wait_for("stat", since=since)
        _log(switch, "in-between")
        terminal.wait_for(rf"(?s)in-between.*{_PROMPT}stat", since=since)
        _complete(terminal, "", "us", "UP 0 years")
        since = terminal.type("/log err\n")
        terminal.wait_for("console log level set to ERR", since=since)
        # The console outlives the module that it talks to.
        since = terminal.type("reload mod_event_socket\n")
        terminal.wait_for(rf"(?s)The console is back\..*{_PROMPT}", since=since)
        since = terminal.type("echo still-here\n")
        terminal.wait_for(r"[\r\n]still-here", since=since)
        since = terminal.type("/log notice\n")
        terminal.wait_for("console log level set to NOTICE", since=since)
        # Without the console, the log goes to the terminal itself.
        since = terminal.type("/quit\n")
        terminal.wait_for("The console is closed", since=since)
        _log(switch, "afterwards")
        terminal.wait_for(r"\[NOTICE\].*afterwards", since=since)
        terminal.type("\x03")
        terminal.end()


@scenario("console")
def three_dots_end_the_switch(context: Context) -> None:
    _, terminal = _foreground(context, "three-dots")
    with terminal:
        terminal.wait_for(_PROMPT)
        terminal.type("...\n")
        terminal.end()


@scenario("console")
def the_switch_begins_anew(context: Context) -> None:
    """`fsctl shutdown restart`: another switch in the same process, with the ports that it had and nothing left open."""
    switch, terminal = _foreground(context, "begins-anew", "--nc")
    with terminal:
        before, opened = _identity(switch), terminal.open_files
        since = terminal.mark()
        subprocess.run([*_cli(switch), "-q", "-x", "fsctl shutdown restart"], capture_output=True, timeout=20)
        terminal.wait_for("is ready", since=since)
        poll("another switch answers", lambda: _identity(switch) not in ("", before), timeout=20)
        poll("it answers OPTIONS", lambda: answers_options(switch.internal_port), timeout=20)
        # Connections of commands come and go.
        poll(f"it has no more than {opened} files open", lambda: terminal.open_files <= opened, timeout=20)
        terminal.type("\x03")
        terminal.end()


@scenario("console")
def interrupting_ends_the_switch(context: Context) -> None:
    _, terminal = _foreground(context, "interrupted")
    with terminal:
        terminal.wait_for(_PROMPT)
        terminal.type("unfinished\x03")
        terminal.end()


@scenario("console")
def there_need_not_be_a_console(context: Context) -> None:
    switch, terminal = _foreground(context, "no-console", "--nc")
    with terminal:
        _log(switch, "without-console")
        shown = terminal.wait_for(r"(?s).*without-console")[0]
        if "tandem@" in shown:
            raise RigError("there is a console in spite of --nc")
        terminal.type("\x03")
        terminal.end()
