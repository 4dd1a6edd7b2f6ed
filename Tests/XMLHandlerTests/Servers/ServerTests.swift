import Logging
import SwitchCore
import TandemTesting
import Testing
import XMLConfig
import XMLHandler

/// Documents from tables on servers of PostgreSQL and MariaDB.
@Suite(.enabled(if: DatabaseServer.areThere)) struct ServerTests {
    /// They are what they are from SQLite.
    @Test(arguments: DatabaseServer.allCases, SmallTables.Version.allCases)
    func documents(_ server: DatabaseServer, _ version: SmallTables.Version) async throws {
        let small = try SampleTables.make(version)
        try await ServerTables.with(server) { tables in
            let identifiers = try await TypedTables(small, server).copy(to: tables)
            let handler = XMLHandler(tables, options: SmallTables.options)
            for question in SampleTables.questions {
                let fields = question.fields.map { ($0.key, $0.value) }
                let wanted = try await small.ask(question.section, question.fields, file: question.file)
                let got = try await handler.answer(
                    XMLQuestion(section: question.section, value: question.file, fields: fields)
                )
                let texts = [wanted, got].map { $0.document.map { Canonical().text($0) } }
                #expect(texts[0] == texts[1].map(identifiers.named), "\(question.file) \(question.fields)")
                #expect((texts[1] != nil) == question.hasDocument(version), "\(question.file) \(question.fields)")
            }
        }
    }

    /// The module takes the database from its own configuration, and from FusionPBX's.
    @Test(arguments: DatabaseServer.allCases, [true, false])
    func module(_ server: DatabaseServer, _ hasDSN: Bool) async throws {
        let small = try SampleTables.make(.v5_5)
        let directory = TemporaryDirectory()
        let log = LogCapture()
        try await ServerTables.with(server) { tables in
            _ = try await TypedTables(small, server).copy(to: tables)
            let settings: String
            if hasDSN {
                let file = directory.write("", to: "config.conf")
                settings =
                    "<param name=\"dsn\" value=\"\(tables.dsn)\"/><param name=\"config-file\" value=\"\(file)\"/>"
            } else {
                let file = directory.write(try tables.fusionPBXSettings, to: "config.conf")
                settings = "<param name=\"config-file\" value=\"\(file)\"/>"
            }
            let softswitch = try Switch.simulated(
                on: SimulatedLoop(),
                xml: """
                    <document type="freeswitch/xml"><section name="configuration">
                      <configuration name="xml_handler.conf"><settings>\(settings)
                        <param name="timeout" value="60"/>
                      </settings></configuration>
                    </section></document>
                    """,
                ports: 46600...46700,
                modules: [],
                logger: Logger(label: "test") { _ in log }
            )
            let module = XMLHandlerModule(softswitch)
            try await module.start()
            let user = await softswitch.directory.user("1001", domain: "one.example")
            #expect(user?.params["password"] == "it's \"a\" p\\?ss & $w")
            #expect(await softswitch.directory.user("1009", domain: "one.example") == nil)
            await module.stop()
            #expect(log.lines.filter { $0.contains("could not") }.isEmpty)
        }
    }
}
