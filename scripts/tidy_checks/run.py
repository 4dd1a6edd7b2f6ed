"""Which files are read, and which rules each of them gets."""

from collections.abc import Iterator
from pathlib import Path

from . import rules
from .floors import contradictions
from .rules import Finding
from .source import SwiftSource

# Folders that hold what people write. Everything else is made by tools.
_FOLDERS = ("Sources", "Tests", "Fuzz", "conf", "docs", "scripts", "sounds", ".ci")
# Made by tools as well, inside those folders.
_MADE = {".build", ".swiftpm", ".venv", "__pycache__", "Corpus", "Regressions"}
# The words that the rules look for are in the rules themselves and in their tests.
_ABOUT_RULES = ("scripts/tidy_checks/", "Tests/Tidy/")

_CODE = {".swift", ".c", ".h", ".py", ".sh"}
_TEXT = _CODE | {".md", ".txt", ".xml", ".noload", ".json", ""}


def findings_in(root: Path) -> tuple[int, list[Finding]]:
    """The number of files that were read, and what was found in them, in the order of their paths."""
    found = [Finding("scripts/tidy_checks/floors.py", 1, "floors", wrong) for wrong in contradictions()]
    count = 0
    for file in _files(root):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # Not text: a test's input.
        count += 1
        found += findings_of(file.relative_to(root).as_posix(), text)
    return count, sorted(found)


def findings_of(path: str, text: str) -> list[Finding]:
    """What the rules find in one file."""
    if path.startswith(_ABOUT_RULES):
        return []
    found = rules.machine_paths(path, text)
    if Path(path).suffix in _CODE:
        found += rules.file_length(path, text) + rules.unfinished(path, text)
    if path.endswith(".swift"):
        source = SwiftSource(path, text)
        found += rules.unchecked_sendable(source) + rules.type_names(source) + rules.locked_functions(source)
        if path.startswith(("Sources/", "Fuzz/")):
            found += rules.function_length(source)
        if path.startswith("Sources/"):
            found += rules.imports(source) + rules.forced(source)
    return found


def _files(root: Path) -> Iterator[Path]:
    candidates = [file for file in root.iterdir() if file.is_file() and not file.name.startswith(".")]
    for folder in _FOLDERS:
        candidates += (root / folder).rglob("*")
    for file in sorted(candidates):
        inside = file.relative_to(root).parts
        if file.suffix in _TEXT and not _MADE.intersection(inside) and file.is_file():
            yield file
