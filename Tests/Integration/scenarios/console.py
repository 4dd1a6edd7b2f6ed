"""The console: of a switch that runs already, and of one in the foreground of a terminal."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from rig.probe import answers_options
from rig.process import RigError, poll
from rig.suite import Context, scenario
from rig.switch import Switch
from rig.terminal import Terminal

_PROMPT = r"tandem@\S+> "


def _cli(switch: Switch) -> list[str]:
    return [str(switch.binary), "cli", "-H", switch.domain, "-P", str(switch.event_port), "-p", switch.event_password]


def _log(switch: Switch, text: str) -> None:
    """Has a line written to the log from elsewhere."""
    subprocess.run([*_cli(switch), "-q", "-x", f"log notice {text}"], check=True, capture_output=True, timeout=20)


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
