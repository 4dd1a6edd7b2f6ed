"""`tandem migrate` as an operator runs it: a copy that is killed and goes on, and a configuration that becomes rows."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from rig.process import RigError
from rig.suite import Context, scenario
from rig.terminal import Terminal

_SECONDS = 120
_EXTENSIONS = 200_000
"""So many that the copy is far from its end when the bar shows a tenth."""
_BATCH, _USUAL_BATCH = 100, 1000
_DOMAIN = "00000000-0000-4000-8000-000000000000"
_FILL = f"""
INSERT INTO v_domains (domain_uuid, domain_name, domain_enabled) VALUES ('{_DOMAIN}', 'rig.example', true);
INSERT INTO v_extensions (extension_uuid, domain_uuid, extension, password, user_context, enabled)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {_EXTENSIONS})
    SELECT printf('00000000-0000-4000-8000-%012d', n), '{_DOMAIN}', n, 'rows-' || n, 'rig.example', true FROM numbers;
"""
_ROWS = _EXTENSIONS + 1
_BAR = r"\[#*-*\] ([\d,]+) of ([\d,]+) rows \(%s %%\)"


def _migrate(context: Context, *arguments: str) -> list[str]:
    return [str(context.tandem().binary), "migrate", *arguments]


def _run(context: Context, *arguments: str) -> str:
    """Carries it out to its end; what it says."""
    done = subprocess.run(_migrate(context, *arguments), cwd=context.directory, capture_output=True, text=True,
                          timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise RigError(f"tandem migrate {arguments[0]}: status {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
    return done.stdout


def _value(file: Path, sql: str, *values: str) -> int:
    with closing(sqlite3.connect(file, timeout=10)) as database:
        row = database.execute(sql, values).fetchone()
    if row is None:
        raise RigError(f"{file.name} has no row for {sql}")
    return row[0]


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _source(context: Context, directory: Path) -> Path:
    """A database of FusionPBX's, as far as a copy of it is concerned."""
    file = directory / "source.db"
    _run(context, "init", f"sqlite://{file}")
    with closing(sqlite3.connect(file, timeout=10)) as database:
        database.executescript(f"BEGIN;{_FILL}COMMIT;")
    return file


def _differences(source: Path, target: Path, table: str) -> int:
    """How many rows of either are not in the other."""
    with closing(sqlite3.connect(source, timeout=10)) as database:
        database.execute("ATTACH ? AS target", (str(target),))
        columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
        sides = [f"SELECT {columns} FROM {side}.{table}" for side in ("main", "target")]
        return sum(database.execute(f"SELECT count(*) FROM ({left} EXCEPT {right})").fetchone()[0]
                   for left, right in (sides, reversed(sides)))


@scenario("migration")
def a_copy_that_is_killed_goes_on(context: Context) -> str:
    directory = context.directory / "copy"
    directory.mkdir()
    source, target = _source(context, directory), directory / "target.db"
    names = [f"sqlite://{file}" for file in (source, target)]
    said = _run(context, "import-fusionpbx", "--dry-run", *names)
    found = re.search(r"^([\d,]+) rows of \d+ tables would be copied; nothing was changed$", said, re.MULTILINE)
    if not found or _number(found[1]) != _ROWS:
        raise RigError(f"the rehearsal says {said[-500:]!r}")
    if target.exists():
        raise RigError("the rehearsal has made the target")
    command = _migrate(context, "import-fusionpbx", *names)
    with Terminal("the copy", [*command, "--batch", str(_BATCH)], directory=directory) as terminal:
        # It is killed long before it is done, at a bar that is neither empty nor full.
        bar = terminal.wait_for(_BAR % r"[1-7]\d", timeout=_SECONDS)
        terminal.kill()
    shown, copied = _number(bar[1]), _value(target, "SELECT count(*) FROM v_extensions")
    recorded = _value(target, "SELECT row_count FROM tandem_copies WHERE table_name = ?", "v_extensions")
    if _number(bar[2]) != _ROWS or copied != recorded or not shown <= copied + 1 < _ROWS:
        raise RigError(f"the bar showed {bar[0]}; {copied} rows are there, and {recorded} are recorded")
    with Terminal("the rest of it", command, directory=directory) as terminal:
        first = terminal.wait_for(_BAR % r"\d+", timeout=_SECONDS)
        if not copied < _number(first[1]) <= copied + 1 + _USUAL_BATCH:
            raise RigError(f"{copied} rows were there, and it goes on with {first[0]}")
        end = terminal.wait_for(r"([\d,]+) rows of \d+ tables are in the target", timeout=_SECONDS)
        terminal.end()
    if _number(end[1]) != _ROWS:
        raise RigError(f"it says {end[0]!r}")
    for table in ("v_domains", "v_extensions"):
        if lost := _differences(source, target, table):
            raise RigError(f"{lost} rows of {table} are not the same")
    return f"killed after {copied} of {_ROWS} rows"


@scenario("migration")
def a_configuration_becomes_rows(context: Context) -> str:
    directory = context.directory / "configuration"
    directory.mkdir()
    target = directory / "rows.db"
    arguments = ["import-conf", str(context.tandem().configuration_directory), f"sqlite://{target}"]

    def counts(*options: str) -> dict[str, int]:
        said = _run(context, *arguments, *options)
        return {name: int(rows) for name, rows in re.findall(r"^(v_\w+): (\d+) rows$", said, re.MULTILINE)}

    wanted = counts("--dry-run")
    if target.exists():
        raise RigError("the rehearsal has made the target")
    if missing := {"v_domains", "v_extensions", "v_dialplans", "v_sip_profiles"} - wanted.keys():
        raise RigError(f"nothing becomes of {', '.join(sorted(missing))}")
    # Given again, the tree takes the place of what it was.
    for _ in range(2):
        if (said := counts()) != wanted:
            raise RigError(f"{wanted} was announced, and {said} was done")
        for table, rows in wanted.items():
            if (there := _value(target, f"SELECT count(*) FROM {table}")) != rows:
                raise RigError(f"{table} has {there} rows instead of {rows}")
    return f"{sum(wanted.values())} rows of {len(wanted)} tables"
