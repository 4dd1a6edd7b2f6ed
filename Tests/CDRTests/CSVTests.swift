import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import CDR

/// Lines about calls.
struct CSVTests {
    private static let extensions = [
        ("5000", #"<action application="answer"/><action application="hangup"/>"#),
        ("5001", #"<action application="set" data="accountcode=77"/><action application="answer"/>"#),
        ("5002", #"<action application="bridge" data="loopback/5000/default"/>"#),
        (
            "5003",
            #"<action application="set" data="odd=say &quot;hi&quot;, &#10; then"/>"#
                + #"<action application="answer"/>"#
        ),
        ("5004", #"<action application="set" data="accountcode=../../outside"/><action application="answer"/>"#),
    ]

    private static func configuration(_ settings: [String: String], _ templates: [String: String]) -> String {
        let parameters = settings.map { #"<param name="\#($0.key)" value="\#($0.value)"/>"# }
        let templates = templates.map { #"<template name="\#($0.key)">\#($0.value)</template>"# }
        return """
            <configuration name="cdr_csv.conf"><settings>\(parameters.joined())</settings>
            <templates>\(templates.joined())</templates></configuration>
            """
    }

    private static func run(
        _ settings: [String: String],
        _ templates: [String: String],
        _ number: String
    ) async throws -> (directory: TemporaryDirectory, id: String) {
        let exchange = try await RecordedSwitch(
            "mod_cdr_csv",
            configuration(settings, templates),
            extensions: extensions
        )
        let id = try await exchange.call(number)
        try await exchange.stop()
        return (exchange.directory, id)
    }

    private static func lines(_ directory: TemporaryDirectory, _ file: String = "Master.csv") -> [String] {
        (directory.text("log/cdr-csv/\(file)") ?? "").split(separator: "\n").map(String.init)
    }

    @Test func fillsATemplate() async throws {
        let template = #""${uuid}","${destination_number}","${hangup_cause}","${billsec}","${odd}""#
        let (directory, id) = try await Self.run(["default-template": "t"], ["t": template], "5000")
        #expect(Self.lines(directory).contains(#""\#(id)","5000","NORMAL_CLEARING","0","""#))
        #expect(directory.names("log/cdr-csv") == ["Master.csv"])
    }

    @Test func keepsAValueInItsField() async throws {
        let (directory, id) = try await Self.run(["default-template": "t"], ["t": #""${uuid}","${odd}""#], "5003")
        #expect(Self.lines(directory).contains(#""\#(id)","say ""hi"",   then""#))
    }

    @Test(arguments: [("a", 3), ("b", 1), ("ab", 4)])
    func writesTheLegsThatAreWanted(legs: String, count: Int) async throws {
        let settings = ["default-template": "t", "legs": legs]
        let (directory, _) = try await Self.run(settings, ["t": "${uuid}"], "5002")
        #expect(Self.lines(directory).count == count)
    }

    @Test func namesTheCalledLeg() async throws {
        let settings = ["default-template": "t"]
        let template = "${uuid} ${bleg_uuid} ${bridge_uuid} ${signal_bond}"
        let (directory, id) = try await Self.run(settings, ["t": template], "5002")
        let line = Self.lines(directory).first { $0.hasPrefix(id) }
        let words = try #require(line).split(separator: " ")
        #expect(words.count == 4)
        #expect(Set(words).count == 2)
    }

    @Test(
        arguments: [
            (["default-template": "t"], ["t": "line"], ["77.csv", "Master.csv"], "line"),
            (["default-template": "t"], ["t": "line", "77": "own"], ["77.csv", "Master.csv"], "own"),
            (["default-template": "t", "master-file-only": "true"], ["t": "line"], ["Master.csv"], nil),
            (["default-template": "t", "durable": "true"], ["t": "line"], ["77.csv", "Master.csv"], "line"),
        ] as [([String: String], [String: String], [String], String?)]
    )
    func writesTheAccountsFile(
        settings: [String: String],
        templates: [String: String],
        files: [String],
        line: String?
    ) async throws {
        let (directory, _) = try await Self.run(settings, templates, "5001")
        #expect(directory.names("log/cdr-csv") == files)
        #expect(Self.lines(directory, "77.csv").first == line)
        #expect(Set(Self.lines(directory)) == ["line"])
    }

    @Test func staysInItsDirectory() async throws {
        let (directory, _) = try await Self.run(["default-template": "t"], ["t": "line"], "5004")
        #expect(directory.names("log/cdr-csv") == ["Master.csv"])
        #expect(directory.names() == ["log"])
    }

    @Test(arguments: ["command", "signal"])
    func rotates(by way: String) async throws {
        let exchange = try await RecordedSwitch(
            "mod_cdr_csv",
            Self.configuration(["default-template": "t", "rotate-on-hup": "true"], ["t": "${destination_number}"]),
            extensions: Self.extensions
        )
        try await exchange.call("5000")
        if way == "command" {
            #expect(await exchange.softswitch.execute(command: "cdr_csv rotate") == "+OK\n")
        } else {
            exchange.softswitch.events.publish(.trap) {
                var event = exchange.softswitch.makeEvent(.trap)
                event.add("Trapped-Signal", "HUP")
                return event
            }
            // Not for Master.csv to be gone: it may not be there yet.
            func isRotated(_ name: String) -> Bool { name.hasPrefix("Master.csv.") }
            while !exchange.directory.names("log/cdr-csv").contains(where: isRotated) { await Task.yield() }
        }
        try await exchange.call("5001")
        try await exchange.stop()
        let names = exchange.directory.names("log/cdr-csv").filter { $0.hasPrefix("Master") }
        #expect(names.count == 2)
        #expect(names.last?.wholeMatch(of: /Master\.csv\.\d{4}(-\d\d){5}/) != nil)
        #expect(Self.lines(exchange.directory, names.last ?? "").contains("5000"))
        #expect(Self.lines(exchange.directory).contains("5001"))
    }

    @Test(arguments: [
        ("a", "a"), ("a\"b", "a\"\"b"), ("a\r\nb", "a  b"), ("a\tb", "a\tb"), ("\u{0}", " "), ("", ""),
    ])
    func escapesFields(text: String, field: String) {
        #expect(CSVScope.field(text) == field)
    }
}
