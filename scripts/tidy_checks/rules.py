"""The rules, one function each. A rule gets a file and returns its findings."""

import re
from dataclasses import dataclass

from .floors import C_MODULES, TARGETS, target_of
from .source import SwiftSource


@dataclass(frozen=True, order=True)
class Finding:
    """Something that has to be changed, and where."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


LONGEST_FILE = 600
LONGEST_FUNCTION = 70

# Files that are longer for a reason. Tables that are read from top to bottom may be; nothing else.
LONG_FILES: dict[str, str] = {}


def imports(source: SwiftSource) -> list[Finding]:
    """Only what the table of floors allows."""
    name = target_of(source.path)
    if name is None:
        return [Finding(source.path, 1, "import", "this target has no row in scripts/tidy_checks/floors.py")]
    target = TARGETS[name]
    own = frozenset(module for module, owner in C_MODULES.items() if owner == name)
    found = []
    for line, module in source.imports:
        if module in target.targets | target.libraries | own:
            continue
        if module in C_MODULES:
            reason = f"only {C_MODULES[module]} may import {module}"
        elif module in TARGETS and TARGETS[module].floor >= target.floor:
            reason = f"{name} on floor {target.floor} may not import {module} on floor {TARGETS[module].floor}"
        else:
            reason = f"{name} may not import {module}"
        found.append(Finding(source.path, line, "import", reason))
    return found


def file_length(path: str, text: str) -> list[Finding]:
    """No file is too long to be read."""
    length = text.count("\n")
    if length <= LONGEST_FILE or path in LONG_FILES:
        return []
    return [Finding(path, length, "file-length", f"{length} lines; {LONGEST_FILE} are allowed")]


def function_length(source: SwiftSource) -> list[Finding]:
    """No function is too long to be understood."""
    return [
        Finding(source.path, function.first_line, "function-length",
                f"{function.name} has {function.length} lines; {LONGEST_FUNCTION} are allowed")
        for function in source.functions
        if function.length > LONGEST_FUNCTION
    ]


_UNFINISHED = re.compile(r"\b(TODO|FIXME)\b(?!\(#\d+\))")


def unfinished(path: str, text: str) -> list[Finding]:
    """What remains to be done is in the list of issues; a note in the code names its issue: (#12)."""
    return [
        Finding(path, number, "unfinished", f"{match[1]} without the number of an issue")
        for number, line in enumerate(text.split("\n"), 1)
        for match in _UNFINISHED.finditer(line)
    ]


_FORCED = [
    (re.compile(r"\btry!"), "try! traps"),
    (re.compile(r"\bas!"), "as! traps"),
    # An exclamation mark that follows a value or a type. Not the operator != and not the words above.
    (re.compile(r"(?<!\btry)(?<!\bas)(?<=[\w)\]}>\"`?])!(?!=)"), "a forced unwrap traps"),
]


def forced(source: SwiftSource) -> list[Finding]:
    """Nothing that ends the program when a value is missing: one bad message would end all calls."""
    return [
        Finding(source.path, number, "forced", message)
        for number, line in enumerate(source.code_lines, 1)
        for pattern, message in _FORCED
        for _ in pattern.finditer(line)
    ]


def unchecked_sendable(source: SwiftSource) -> list[Finding]:
    """Each @unchecked Sendable says, in a comment above it, which loop or lock makes it true."""
    found = []
    for number, line in enumerate(source.code_lines, 1):
        if not re.search(r"@unchecked\s+Sendable\b", line):
            continue
        above = number - 2
        while above >= 0 and re.match(r"\s*(//|@)", source.lines[above]):
            if "// @unchecked:" in source.lines[above]:
                break
            above -= 1
        else:
            found.append(Finding(source.path, number, "unchecked", "no comment above it gives the reason: // @unchecked: …"))
    return found


_LOCKED_FUNCTION = re.compile(r"\bMutex<[^\n]*->")


def locked_functions(source: SwiftSource) -> list[Finding]:
    """A function that is all of what a Mutex holds gets two more wrappers at each access: it leaks and becomes deep."""
    return [
        Finding(source.path, number, "locked-function", "put the function into a struct that the Mutex holds")
        for number, line in enumerate(source.code_lines, 1)
        if _LOCKED_FUNCTION.search(line)
    ]


_MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(?:home|Users|root|work|workspace|opt/swift)/\w[\w./-]*")


def machine_paths(path: str, text: str) -> list[Finding]:
    """Nothing that is only true on the machine of whoever wrote it."""
    return [
        Finding(path, number, "machine-path", f"{match[0]} exists on one machine only")
        for number, line in enumerate(text.split("\n"), 1)
        for match in _MACHINE_PATH.finditer(line)
    ]


_TYPE_NAME = re.compile(r"\b(?:class|struct|enum|actor|protocol|typealias)\s+(?P<name>[A-Z]\w*)")
_EMPTY_WORD = re.compile(r"Manager|Helper|Util(?:s|ity|ities)?(?![a-z])")


def type_names(source: SwiftSource) -> list[Finding]:
    """A type is named after what it is; these words say nothing."""
    found = []
    for match in _TYPE_NAME.finditer(source.code):
        word = _EMPTY_WORD.search(match["name"])
        if word:
            line = source.line_at(match.start("name"))
            found.append(Finding(source.path, line, "type-name", f"{match['name']}: {word[0]} says nothing"))
    return found
