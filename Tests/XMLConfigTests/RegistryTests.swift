import Foundation
import Synchronization
import Testing
import XMLConfig

/// A provider that answers everything alike and remembers what it was asked.
final class ScriptedProvider: XMLProvider {
    private let reply: XMLProviderAnswer
    private let questions = Mutex<[String]>([])

    init(_ reply: XMLProviderAnswer) {
        self.reply = reply
    }

    convenience init(document text: String) throws {
        self.init(.document(try parsed(text)))
    }

    var asked: [String] { questions.withLock { $0 } }

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        let list = parameters.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        questions.withLock { $0.append("\(section) \(tag) \(key) \(value) \(list)") }
        return reply
    }
}

@Suite struct RegistryTests {
    static let tree = """
        <document type="freeswitch/xml">
        <section name="configuration">
        <configuration name="A.conf" from="files"/><configuration name="a.conf"/>
        </section>
        <section name="phrases"><language name="en"/></section>
        </document>
        """

    private static func answer(_ from: String) -> String {
        """
        <document type="freeswitch/xml"><section name="configuration">
        <configuration name="a.conf" from="\(from)"/></section></document>
        """
    }

    private static let notFound = """
        <document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>
        """

    /// Whether there is nothing is not known where somebody could not say.
    @Test(
        arguments: [
            ([], "nothing"), ([.notFound], "nothing"), ([.failure("away")], "unanswered"),
            ([.unanswered, .notFound], "unanswered"), ([.notFound, .failure("away")], "unanswered"),
        ] as [([XMLProviderAnswer], String)]
    ) func tellsNothingFromNoAnswer(replies: [XMLProviderAnswer], expected: String) async throws {
        let reports = Mutex(0)
        let registry = XMLRegistry(root: try parsed(Self.tree)) { _ in reports.withLock { $0 += 1 } }
        for reply in replies { registry.bind(ScriptedProvider(reply), named: "p", to: [.configuration]) }
        func result(_ name: String) async -> String {
            let result = await registry.result(section: .configuration, tag: "configuration", key: "name", value: name)
            switch result {
            case .found(let answer): return answer.node[attribute: "from"] ?? ""
            case .nothing: return "nothing"
            case .unanswered: return "unanswered"
            }
        }
        #expect(await result("b.conf") == expected)
        #expect(await result("A.conf") == "files")
        let failures = replies.count { if case .failure = $0 { true } else { false } }
        #expect(reports.withLock { $0 } == 2 * failures)
    }

    @Test func providersComeFirstInOrder() async throws {
        let reports = Mutex<[String]>([])
        let registry = XMLRegistry(root: try parsed(Self.tree)) { report in
            reports.withLock { $0.append(report.message) }
        }
        func from() async -> String? { await registry.configuration(named: "a.CONF")?[attribute: "from"] }
        #expect(await from() == "files")

        registry.bind(ScriptedProvider(.failure("timed out")), named: "curl one", to: [.configuration])
        registry.bind(ScriptedProvider(.notFound), named: "two", to: [.configuration])
        registry.bind(try ScriptedProvider(document: Self.notFound), named: "three", to: [.configuration])
        let elsewhere = try ScriptedProvider(document: Self.answer("elsewhere"))
        registry.bind(elsewhere, named: "four", to: [.directory])
        let good = registry.bind(
            try ScriptedProvider(document: Self.answer("five")),
            named: "five",
            to: [.configuration]
        )
        registry.bind(try ScriptedProvider(document: Self.answer("six")), named: "six", to: [.configuration])
        #expect(await from() == "five")
        #expect(reports.withLock { $0 } == ["curl one could not answer for configuration: timed out"])
        #expect(elsewhere.asked.isEmpty)

        // A document without the tag ends the search among providers.
        #expect(await registry.configuration(named: "b.conf") == nil)
        registry.unbind(good)
        #expect(await from() == "six")
        let language = await registry.locate(section: .languages, tag: "language", key: "name", value: "EN")
        #expect(language != nil)
        let section = await registry.locate(section: .configuration, tag: "", key: "", value: "")
        #expect(section?.children.count == 1)
    }

    @Test(arguments: [
        ("", XMLSection.allCases.count), ("dialplan|directory", 2), ("config", 1), ("configuration", 1), ("phrases", 0),
        ("Languages,chatplan", 2),
    ]) func sectionMasks(_ example: (text: String, count: Int)) {
        #expect(XMLSection.named(in: example.text).count == example.count)
    }

    @Test func reloadSwapsOrKeeps() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "xmlconfig-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/log", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: folder + "/freeswitch.xml")) }

        let globals = GlobalVariables([("conf_dir", folder)])
        let registry = XMLRegistry(
            source: FileConfigurationSource(path: folder + "/freeswitch.xml", logDirectory: folder + "/log"),
            globals: globals
        )
        #expect(registry.snapshot.generation == 0)
        #expect(throws: ConfigurationError.self) { try registry.reload() }

        try write("<?xml version='1.0'?>\n<X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n<document a=\"$${x}\"/>\n")
        #expect(try registry.reload().generation == 1)
        #expect(registry.snapshot.root[attribute: "a"] == "1")
        #expect(globals["X"] == "1")
        let expanded = try String(contentsOfFile: folder + "/log/freeswitch.xml.fsxml", encoding: .utf8)
        #expect(expanded == "<document a=\"1\"/>\n")

        // A broken tree changes nothing, the variables included.
        try write("<X-PRE-PROCESS cmd=\"set\" data=\"x=2\"/>\n<document>")
        #expect(throws: ConfigurationError.self) { try registry.reload() }
        try write("<other/>")
        #expect(throws: ConfigurationError.self) { try registry.reload() }
        #expect(registry.snapshot.generation == 1)
        #expect(globals["x"] == "1")

        // Variables outlive the lines that set them.
        try write("<document a=\"$${x}$${conf_dir}\"/>")
        #expect(try registry.reload().generation == 2)
        #expect(registry.snapshot.root[attribute: "a"] == "1" + folder)
        #expect(globals.all.map(\.name) == ["conf_dir", "x"])
    }

    @Test func globalVariables() {
        let globals = GlobalVariables([("a", "${x}")])
        #expect(globals["A"] == "%{x}")
        #expect(globals.replace("a", with: "2", ifEqualTo: "1") == false)
        #expect(globals.replace("b", with: "2", ifEqualTo: ""))
        globals["a"] = nil
        #expect(globals.all.map(\.name) == ["b"])
    }
}
