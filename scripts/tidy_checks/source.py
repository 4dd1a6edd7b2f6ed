"""A Swift file as the rules see it."""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Function:
    """A function, initializer or subscript with a body: its name, and the lines from its keyword to its last brace."""

    name: str
    first_line: int
    last_line: int

    @property
    def length(self) -> int:
        return self.last_line - self.first_line + 1


class SwiftSource:
    """The text of a Swift file, and what can be known of it without a compiler."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def code(self) -> str:
        """The text with blanks in place of comments and of what is inside string literals: same length, same lines.

        What stands in an interpolation is code and stays.
        """
        return _Blanking(self.text).run()

    @cached_property
    def code_lines(self) -> list[str]:
        return self.code.split("\n")

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """The line and the module of each import."""
        return [(self.line_at(match.start("module")), match["module"]) for match in _IMPORT.finditer(self.code)]

    @cached_property
    def functions(self) -> list[Function]:
        found = []
        for match in _FUNCTION.finditer(self.code):
            opening = _body_start(self.code, match.end())
            if opening is None:
                continue
            closing = _matching_brace(self.code, opening)
            name = match["name"] or match["keyword"]
            found.append(Function(name, self.line_at(match.start("keyword")), self.line_at(closing)))
        return found


_IMPORT = re.compile(
    r"^[ \t]*(?:@[\w()]+[ \t]+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)[ \t]+)?(?P<module>\w+)",
    re.MULTILINE,
)

# A word such as init after a dot is a call or a reference, not a declaration.
_FUNCTION = re.compile(
    r"(?<![\w.`])(?P<keyword>func(?=\s)|init(?=[?!]?\s*[<(])|subscript(?=\s*[<(]))[?!]?\s*"
    r"(?P<name>(?<=func\s)(?:[\w`]+|[^\w\s(]+))?"
)

# What may begin the line after a requirement of a protocol, which has no body.
_NEXT_DECLARATION = re.compile(
    r"\s*(?:@\w|#|\}|(?:public|package|internal|private|fileprivate|static|class|final|mutating|nonmutating|consuming|"
    r"borrowing|override|required|convenience|nonisolated|func|init|subscript|var|let|case|associatedtype|typealias|"
    r"struct|enum|actor|protocol|extension)\b)"
)


def _body_start(code: str, offset: int) -> int | None:
    """Where the brace is that opens the body of the function whose name ends at this offset; None without a body."""
    depth = 0
    for position in range(offset, len(code)):
        character = code[position]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and character == "{":
            return position
        elif depth == 0 and character == "}":
            return None
        elif depth == 0 and character == "\n" and _NEXT_DECLARATION.match(code, position + 1):
            return None
        if depth < 0:
            return None
    return None


def _matching_brace(code: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


class _Blanking:
    """Goes once through the text and blanks what is not code."""

    def __init__(self, text: str):
        self.text = text
        self.result = list(text)
        self.position = 0

    def run(self) -> str:
        self._code(inside_interpolation=False)
        return "".join(self.result)

    def _code(self, inside_interpolation: bool) -> None:
        """Code, to the end of the text or to the parenthesis that ends an interpolation."""
        parentheses = 0
        while self.position < len(self.text):
            opening = _STRING_OPENING.match(self.text, self.position)
            if self.text.startswith("//", self.position):
                self._line_comment()
            elif self.text.startswith("/*", self.position):
                self._block_comment()
            elif opening:
                self._string(opening)
            else:
                character = self.text[self.position]
                if inside_interpolation and character == ")" and parentheses == 0:
                    return
                parentheses += {"(": 1, ")": -1}.get(character, 0)
                self.position += 1

    def _line_comment(self) -> None:
        end = self.text.find("\n", self.position)
        self._blank(end if end >= 0 else len(self.text))

    def _block_comment(self) -> None:
        depth = 0
        while self.position < len(self.text):
            if self.text.startswith("/*", self.position):
                depth += 1
                self._blank(self.position + 2)
            elif self.text.startswith("*/", self.position):
                depth -= 1
                self._blank(self.position + 2)
                if depth == 0:
                    return
            else:
                self._blank(self.position + 1)

    def _string(self, opening: re.Match[str]) -> None:
        """A literal; its quotation marks stay, so that the code around it reads as it did."""
        hashes, quotes = opening.groups()
        closing, escape = quotes + hashes, "\\" + hashes
        self.position = opening.end()
        while self.position < len(self.text):
            if self.text.startswith(closing, self.position):
                self.position += len(closing)
                return
            if self.text.startswith(escape + "(", self.position):
                self._blank(self.position + len(escape))
                self.position += 1
                self._code(inside_interpolation=True)
                self.position += 1
            elif self.text.startswith(escape, self.position):
                self._blank(self.position + len(escape) + 1)
            elif self.text[self.position] == "\n" and quotes == '"':
                return  # A literal without an end; the compiler will say so.
            else:
                self._blank(self.position + 1)

    def _blank(self, end: int) -> None:
        for position in range(self.position, min(end, len(self.text))):
            if self.text[position] != "\n":
                self.result[position] = " "
        self.position = end


_STRING_OPENING = re.compile(r'(#*)("""|")')
