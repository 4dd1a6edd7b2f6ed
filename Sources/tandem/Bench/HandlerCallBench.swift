import Base
import Cache
import Glibc
import Logging
import XMLConfig
import XMLHandler

/// The look-ups of one call: what their documents cost together, and how long they take one after the other.
///
/// The handler is asked, and nothing is done with its answers. The questions are those of a call from one extension to another that FusionPBX's dialplan makes: the caller's password, the
/// context, who both are, each variable of the called user by itself, and where the phone is.
enum HandlerCallBench {
    /// How a call asks for its documents.
    static let questions: [XMLQuestion] = {
        let (caller, callee) = (1000, 1001)
        let called = Array(repeating: user(callee, "user_data_function"), count: 22)
        return [user(caller, "sofia_reg_parse_auth", [("action", "sip_auth")]), HandlerBench.context]
            + [user(callee, "switch_xml_locate_user"), user(caller, "switch_xml_locate_user")] + called
            + [user(caller, "user_data_function"), user(callee, "user_outgoing_channel", [("action", "user_call")])]
    }()

    /// A question for a user of the large tenant, by one of FreeSWITCH's functions.
    static func user(_ number: Int, _ function: String, _ more: [(String, String)] = []) -> XMLQuestion {
        XMLQuestion(
            section: .directory,
            value: HandlerBenchTables.domain,
            fields: [
                ("Event-Name", "REQUEST_PARAMS"), ("Event-Calling-File", "switch_xml.c"),
                ("Event-Calling-Function", function), ("key", "id"), ("user", "\(number)"),
                ("domain", HandlerBenchTables.domain),
            ] + more
        )
    }

    private static let warmAims = CallTable.Aims(processor: 9, elapsed: 10)
    private static let coldAims = CallTable.Aims(processor: 15, elapsed: 40)

    /// What calls cost, by where their documents are.
    ///
    /// - Parameter forgetful: The same handler, which reads each row of the dialplan anew.
    static func run(
        _ seconds: Double,
        _ handler: XMLHandler,
        forgetful: XMLHandler,
        _ keepings: [(String, KeepingSettings)],
        _ kind: String
    ) async throws -> String {
        var table = CallTable("the documents of a call's \(questions.count) look-ups, one after the other (\(kind))")
        let calls = max(Int(seconds * 100), 20)
        for (what, keeping) in keepings {
            let client = keeping.makeClient(Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            defer { client?.close() }
            let documents = keeping.source(handler, in: client) { _ in }
            try await ask(documents)
            try await table.measure(what, calls: 10 * calls, aims: warmAims) { try await ask(documents) }
            let others = [
                ("  not there yet", documents),
                ("  not there yet, of rows that nobody has read", keeping.source(forgetful, in: client) { _ in }),
            ]
            for (what, documents) in others {
                let forget = { () async -> Void in _ = await documents.forgetAll() }
                try await table.measure(what, calls: calls, aims: coldAims, after: forget) { try await ask(documents) }
            }
        }
        return table.text
    }

    private static func ask(_ documents: DocumentSource) async throws {
        for question in questions {
            guard try await documents.document(for: question) != nil else {
                throw BenchError(description: "the bench's own tables lack a document of a call")
            }
        }
    }

    // MARK: - Somebody who tries names

    private static let names = 1_000_000

    /// One address asks for a million users that do not exist.
    static func scan(_ handler: XMLHandler, _ tables: HandlerBenchTables) async throws -> String {
        let documents = KeepingSettings().source(handler, in: nil) { _ in }
        _ = tables.takeCount()
        let before = residentBytes
        let (start, begun) = (ContinuousClock.now, MachineClock.processor.nanoseconds)
        for number in 0..<names {
            let source = [("action", "sip_auth"), ("ip", "192.0.2.1")]
            let question = user(100_000 + number, "sofia_reg_parse_auth", source)
            do {
                guard try await documents.document(for: question) == nil else {
                    throw BenchError(description: "there is a user that does not exist")
                }
            } catch CacheFault.tooMuchUnknown {
                // What it is about: this one is not looked up.
            }
        }
        let seconds = Double((ContinuousClock.now - start).wholeNanoseconds) / 1e9
        let microseconds = Double(MachineClock.processor.nanoseconds - begun) / 1e3 / Double(names)
        return """
            \(BenchTable.grouped(names)) users that do not exist, from one address: \(tables.takeCount()) statements in \
            \(seconds.text(places: 1)) s, \(microseconds.text(places: 2)) µs of CPU each, \
            \(BenchTable.grouped(max(residentBytes - before, 0) >> 20)) MB more

            """
    }

    /// How much memory the process has.
    private static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        let words = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
