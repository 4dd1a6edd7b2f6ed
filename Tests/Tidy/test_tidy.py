"""Tests of scripts/tidy: python3 -m unittest discover -s Tests/Tidy"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

from tidy_checks import rules  # noqa: E402
from tidy_checks.floors import contradictions, target_of  # noqa: E402
from tidy_checks.run import findings_of  # noqa: E402
from tidy_checks.source import SwiftSource  # noqa: E402


def swift(text: str, path: str = "Sources/Base/Example.swift") -> SwiftSource:
    return SwiftSource(path, text)


class Blanking(unittest.TestCase):
    """What is code, and what is a comment or a literal."""

    def test_comments_and_literals_become_blanks(self):
        for text, code in [
            ("a // b", "a     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ('a = "b // c"', 'a = "      "'),
            (r'"a\"b" + c', '"    " + c'),
            (r'#"a\"# + b', '#"  "# + b'),
            (r'#"a"b"# + c', '#"   "# + c'),
            ('"""\na "b" c\n""" + d', '"""\n       \n""" + d'),
            (r'"x\(y[z] + "w")v"', '"  (y[z] + " ") "'),
            (r'"\(f(a))" + b', '" (f(a))" + b'),
            ('"open\nlet a', '"    \nlet a'),
        ]:
            with self.subTest(text):
                self.assertEqual(swift(text).code, code)

    def test_lines_stay_where_they_are(self):
        text = 'let a = """\n  one\n  """\n/* two\n three */ let b = 1 // four\n'
        self.assertEqual(swift(text).code.count("\n"), text.count("\n"))
        self.assertEqual(len(swift(text).code), len(text))


class Functions(unittest.TestCase):
    """Where functions begin and end."""

    def names_and_lengths(self, text):
        return [(function.name, function.length) for function in swift(text).functions]

    def test_bodies(self):
        for text, expected in [
            ("func f() {\n}\n", [("f", 2)]),
            ("func f(\n    a: Int = { 1 }()\n) -> Int\nwhere T: P {\n  a\n}\n", [("f", 6)]),
            ("init?(a: Int) { }\n", [("init", 1)]),
            ("init<T>(a: T) {\n  self.init(b: a)\n}\n", [("init", 3)]),
            ("subscript(i: Int) -> Int {\n  i\n}\n", [("subscript", 3)]),
            ("static func < (a: T, b: T) -> Bool { a.x < b.x }\n", [("<", 1)]),
            ("func f() {\n  func g() {\n  }\n}\n", [("f", 4), ("g", 2)]),
            ('func f() {\n  let a = "}"\n}\n', [("f", 3)]),
        ]:
            with self.subTest(text):
                self.assertEqual(self.names_and_lengths(text), expected)

    def test_requirements_have_no_body(self):
        text = "protocol P {\n  func f() -> Int\n  init(a: Int)\n  var v: Int { get }\n  func g()\n}\nfunc h() {\n}\n"
        self.assertEqual(self.names_and_lengths(text), [("h", 2)])

    def test_calls_are_no_declarations(self):
        self.assertEqual(self.names_and_lengths("let a = A.init(b) { c }\nlet d = e.map(F.init)\n"), [])

    def test_length_has_a_limit(self):
        body = "\n" * (rules.LONGEST_FUNCTION - 1)
        self.assertEqual(rules.function_length(swift(f"func f() {{{body}}}\n")), [])
        self.assertEqual(len(rules.function_length(swift(f"func f() {{{body}\n}}\n"))), 1)


class Imports(unittest.TestCase):
    """The floors of the house."""

    def messages(self, path, text):
        return [finding.message for finding in rules.imports(swift(text, path))]

    def test_the_table_is_consistent(self):
        self.assertEqual(contradictions(), [])

    def test_targets_of_paths(self):
        self.assertEqual(target_of("Sources/SIP/Message/SIPMessage.swift"), "SIP")
        self.assertEqual(target_of("Sources/SIPTransport/UDP.swift"), "SIPTransport")
        self.assertEqual(target_of("Sources/Modules/Sofia/Profile.swift"), "Sofia")
        self.assertIsNone(target_of("Sources/Elsewhere/A.swift"))

    def test_what_is_allowed(self):
        for path, text in [
            ("Sources/SDP/A.swift", "public import Base\n"),
            ("Sources/XMLConfig/A.swift", "internal import CLibXML2\nimport Base\n"),
            ("Sources/Base/A.swift", "#if canImport(Glibc)\n    import Glibc\n#endif\n"),
            ("Sources/Base/A.swift", "// import Foundation\n"),
        ]:
            with self.subTest(text):
                self.assertEqual(self.messages(path, text), [])

    def test_what_is_not(self):
        for path, text, message in [
            ("Sources/SDP/A.swift", "import Foundation", "SDP may not import Foundation"),
            ("Sources/SDP/A.swift", "import struct Foundation.Date", "SDP may not import Foundation"),
            ("Sources/SIP/A.swift", "import SDP", "SIP on floor 1 may not import SDP on floor 1"),
            ("Sources/SIP/A.swift", "@preconcurrency import SwitchCore",
             "SIP on floor 1 may not import SwitchCore on floor 3"),
            ("Sources/SwitchCore/A.swift", "import CLibXML2", "only XMLConfig may import CLibXML2"),
            ("Sources/New/A.swift", "", "this target has no row in scripts/tidy_checks/floors.py"),
        ]:
            with self.subTest(text):
                self.assertEqual(self.messages(path, text), [message])


class Lines(unittest.TestCase):
    """The rules that look at one line at a time."""

    def test_forced(self):
        for text, count in [
            ("a!.b", 1), ("f()!", 1), ("a[0]!", 1), ("var a: Int!", 1), ("a?.b!", 1), ("x = a! = b", 1),
            ("try! f()", 1), ("a as! B", 1), (r'"\(a!)"', 1),
            ("a != b", 0), ("a!=b", 0), ("!a", 0), ("if !(a) {", 0), ("a !== b", 0), ("f(!a)", 0), ('"a!"', 0),
            ("// a!", 0), ("try? f()", 0),
        ]:
            with self.subTest(text):
                self.assertEqual(len(rules.forced(swift(text))), count)

    def test_locked_functions(self):
        for text, count in [
            ("let a = Mutex<(@Sendable () -> Void)?>(nil)\n", 1),
            ("let a: Mutex<((Int) -> Void)?>\n", 1),
            ("let a = Mutex<State>(State())\nlet b: () -> Void = {}\n", 0),
            ("// Mutex<() -> Void>\n", 0),
        ]:
            with self.subTest(text):
                self.assertEqual(len(rules.locked_functions(swift(text))), count)

    def test_unchecked_sendable(self):
        for text, count in [
            ("// @unchecked: on the media loop\nfinal class A: @unchecked Sendable {}", 0),
            ("// @unchecked: on the media loop,\n// and nowhere else\n@safe\nfinal class A: @unchecked Sendable {}", 0),
            ("final class A: @unchecked Sendable {}", 1),
            ("// @unchecked: of another type\n\nfinal class A: @unchecked Sendable {}", 1),
            ("// because it works\nextension A: @unchecked Sendable {}", 1),
            ("// A: @unchecked Sendable", 0),
        ]:
            with self.subTest(text):
                self.assertEqual(len(rules.unchecked_sendable(swift(text))), count)

    def test_unfinished(self):
        for text, count in [("// TODO: later", 1), ("// FIXME", 1), ("// TODO(#12): later", 0), ("// a todo list", 0)]:
            with self.subTest(text):
                self.assertEqual(len(rules.unfinished("Sources/Base/A.swift", text)), count)

    def test_machine_paths(self):
        for text, count in [
            ("/home/me/tandem", 1), ('"/Users/me/x"', 1), ("cd /root/x", 1), ("see /workspace/tandem", 1),
            ("https://example.org/home/page", 0), ("/var/lib/tandem", 0), ("~/work/x", 0), ("$HOME/work/x", 0),
            ("the /home directory", 0),
        ]:
            with self.subTest(text):
                self.assertEqual(len(rules.machine_paths("README.md", text)), count)

    def test_type_names(self):
        for text, count in [
            ("final class CallManager {", 1), ("enum StringUtils {", 1), ("struct SDPHelper {", 1), ("enum Util {", 1),
            ("struct Utilization {", 0), ("struct Dialog {", 0), ("// a class CallManager", 0),
            ("class func make()", 0),
        ]:
            with self.subTest(text):
                self.assertEqual(len(rules.type_names(swift(text))), count)

    def test_file_length(self):
        self.assertEqual(rules.file_length("a.swift", "\n" * rules.LONGEST_FILE), [])
        self.assertEqual(len(rules.file_length("a.swift", "\n" * (rules.LONGEST_FILE + 1))), 1)


class Whole(unittest.TestCase):
    """Which rules a file gets, and the program from outside."""

    def test_tests_may_force_what_the_program_may_not(self):
        self.assertEqual(len(findings_of("Sources/Base/A.swift", "let a = b!\n")), 1)
        self.assertEqual(findings_of("Tests/BaseTests/A.swift", "let a = b!\nimport Foundation\n"), [])

    def run_on(self, text):
        with tempfile.TemporaryDirectory() as root:
            file = Path(root, "Sources", "Base", "A.swift")
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            return subprocess.run([ROOT / "scripts" / "tidy", root], capture_output=True, text=True, check=False)

    def test_status_and_output(self):
        clean = self.run_on("struct A {}\n")
        self.assertEqual((clean.returncode, clean.stdout), (0, "tidy: 1 files, 0 findings\n"))
        dirty = self.run_on("struct A {}\nlet a = b!\n")
        self.assertEqual(dirty.returncode, 1)
        self.assertEqual(dirty.stdout.splitlines()[0], "Sources/Base/A.swift:2: forced: a forced unwrap traps")


if __name__ == "__main__":
    unittest.main()
