import Glibc
import Logging
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import Logs

/// Files on a real disk: what is written, and under which names.
struct LogFileTests {
    private let directory = TemporaryDirectory()

    private func file(_ parameters: String = "", mappings: String = "") throws -> LogFile {
        var diagnostics: [Diagnostic] = []
        let text = """
            <configuration name="logfile.conf"><profiles><profile name="p"><settings>
            <param name="logfile" value="x.log"/>\(parameters)</settings>\(mappings)</profile></profiles></configuration>
            """
        let settings = try LogFileSettings(
            xml: XMLDocument.parse(Array(text.utf8), named: "test"),
            logDirectory: directory.path,
            diagnostics: &diagnostics
        )
        return LogFile(try #require(settings.profiles.first)) { "2026" }
    }

    private func write(_ text: String, to file: LogFile, level: Logger.Level = .info) {
        let record = LogRecord(
            level: level,
            text: text,
            channel: "u",
            file: "A/B.swift",
            function: "f",
            line: 1,
            time: 0
        )
        file.write([record])
    }

    /// The texts of the lines in a file.
    private func texts(_ name: String) -> [String]? {
        directory.text(name).map { text in
            text.split(separator: "\n").map { String($0.split(separator: " ").last ?? "") }
        }
    }

    @Test func oldFilesAreNumbered() throws {
        let file = try file(#"<param name="maximum-rotate" value="2"/>"#)
        for text in ["a", "b", "c", "d"] {
            write(text, to: file)
            try file.rotate()
        }
        write("e", to: file)
        #expect(directory.names() == ["x.log", "x.log.1", "x.log.2"])
        #expect(texts("x.log") == ["e"])
        #expect(texts("x.log.1") == ["d"])
        #expect(texts("x.log.2") == ["c"])
    }

    @Test func oldFilesAreDated() throws {
        let file = try file()
        for text in ["a", "b"] {
            write(text, to: file)
            try file.rotate()
        }
        #expect(directory.names() == ["x.log", "x.log.2026.1", "x.log.2026.2"])
        #expect(texts("x.log.2026.1") == ["a"])
        #expect(texts("x.log.2026.2") == ["b"])
    }

    @Test func longFilesAreRotated() throws {
        let file = try file(#"<param name="maximum-rotate" value="5"/><param name="rollover" value="90"/>"#)
        for text in ["a", "b", "c"] { write(text, to: file) }
        // A line has 48 bytes.
        #expect(texts("x.log.1") == ["a", "b"])
        #expect(texts("x.log") == ["c"])
        // What an earlier run has written counts.
        let next = try self.file(#"<param name="maximum-rotate" value="5"/><param name="rollover" value="90"/>"#)
        write("d", to: next)
        #expect(texts("x.log.1") == ["c", "d"])
    }

    @Test func aFileThatWasMovedIsOpenedAnew() throws {
        let file = try file()
        write("a", to: file)
        #expect(rename("\(directory.path)/x.log", "\(directory.path)/y.log") == 0)
        write("b", to: file)
        try file.reopen()
        write("c", to: file)
        #expect(texts("y.log") == ["a", "b"])
        #expect(texts("x.log") == ["c"])
    }

    @Test func channelsAndFormats() throws {
        let file = try file(#"<param name="uuid" value="true"/>"#)
        write("a\nb", to: file)
        #expect(directory.text("x.log")?.hasSuffix("[INFO] A/B.swift:1 a\nu b\n") == true)
        #expect(directory.text("x.log")?.hasPrefix("u ") == true)
        let json = try self.file(#"<param name="format" value="json"/>"#)
        write("c", to: json)
        #expect(directory.text("x.log")?.hasSuffix(#""message":"c"}"# + "\n") == true)
    }

    @Test(arguments: [
        ("", ["debug", "info", "critical"]), (#"<map name="all" value="info,crit"/>"#, ["info", "critical"]),
        (#"<map name="B.swift" value="debug"/>"#, ["debug"]), (#"<map name="A/B.swift" value="debug"/>"#, ["debug"]),
        (#"<map name="f" value="all"/>"#, ["debug", "info", "critical"]), (#"<map name="g" value="all"/>"#, []),
        (#"<map name="all" value="crit"/><map name="f" value="debug"/>"#, ["debug", "critical"]),
    ])
    func mappings(maps: String, written: [String]) throws {
        let file = try file(mappings: "<mappings>\(maps)</mappings>")
        for level in [Logger.Level.debug, .info, .critical] { write("\(level)", to: file, level: level) }
        #expect(texts("x.log") ?? [] == written)
    }

    @Test(arguments: [
        (#"<param name="rollover" value="much"/>"#, "rollover is \"much\""),
        (#"<param name="maximum-rotate" value="-1"/>"#, "maximum-rotate is \"-1\""),
        (#"<param name="format" value="xml"/>"#, "format is \"xml\""),
    ])
    func refuses(parameters: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try file(parameters) }
        #expect(error.description.contains(message))
    }

    @Test func aPathThatCannotBeWrittenIsAnError() throws {
        let file = try file(#"<param name="logfile" value="no/such/x.log"/>"#)
        let error = try #require(throws: LogFileError.self) { try file.open() }
        #expect(error.description.contains("no/such/x.log"))
    }
}
