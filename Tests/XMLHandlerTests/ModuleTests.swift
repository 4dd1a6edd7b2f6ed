import Base
import Logging
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// The module with a database in a file.
struct ModuleTests {
    private let directory = TemporaryDirectory()
    private let log = LogCapture()

    private func makeSwitch(_ settings: String) throws -> Switch {
        let log = log
        return try Switch.simulated(
            on: SimulatedLoop(),
            xml: """
                <document type="freeswitch/xml"><section name="configuration">
                  <configuration name="xml_handler.conf"><settings>\(settings)</settings></configuration>
                </section></document>
                """,
            ports: 46600...46700,
            modules: [],
            logger: Logger(label: "test") { _ in log }
        )
    }

    private func param(_ name: String, _ value: String) -> String { "<param name=\"\(name)\" value=\"\(value)\"/>" }

    @Test func answersFromAFileUntilItIsUnloaded() async throws {
        let file = directory.path + "/pbx.db"
        let tables = try SmallTables(.v5_5, file: file)
        try tables.extension("1000", ["password": "kV3qz8Rw"])
        try tables.dialplan("broken", context: "one.example", xml: "<extension")
        let configuration = directory.write("switch.sounds.dir = /nowhere", to: "config.conf")
        let softswitch = try makeSwitch(param("dsn", "sqlite://\(file)") + param("config-file", configuration))
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        let questions = softswitch.metrics["xml_handler_questions"]
        let before = await questions?.total() ?? 0
        let user = await softswitch.directory.user("1000", domain: "one.example")
        #expect(user?.params["password"] == "kV3qz8Rw")
        #expect(await softswitch.directory.user("1001", domain: "one.example") == nil)
        for _ in 1...2 {
            let section = await softswitch.xml.locate(
                section: .dialplan,
                tag: "",
                key: "",
                value: "",
                parameters: [("Hunt-Context", "one.example")]
            )
            #expect(section?.first("context") != nil)
        }
        // A row that is wrong is told of once.
        #expect(log.lines.count { $0.contains("P-broken") } == 1)
        #expect(await questions?.total() == before + 4)
        try await module.reload()
        #expect(await softswitch.directory.user("1000", domain: "one.example") != nil)
        await module.stop()
        #expect(await softswitch.directory.user("1000", domain: "one.example") == nil)
        #expect(!softswitch.xml.hasProviders(for: .directory))
    }

    /// What the database has of a menu's sounds is on the disk before the menu is heard.
    @Test func recordingsBecomeFiles() async throws {
        let file = directory.path + "/pbx.db"
        let menu = "00000000-0000-4000-8000-000000000001"
        let tables = try SmallTables(.v5_5, file: file)
        try tables.setting("recordings", "storage_type", "base64")
        try tables.insert(
            "v_ivr_menus",
            ["ivr_menu_uuid": menu, "domain_uuid": "D1", "ivr_menu_greet_long": "greet.wav"],
            on: ["ivr_menu_enabled"]
        )
        try tables.insert(
            "v_recordings",
            ["domain_uuid": "D1", "recording_filename": "greet.wav", "recording_base64": "aGVsbG8="]
        )
        let configuration = directory.write("switch.recordings.dir = \(directory.path)/recordings", to: "config.conf")
        let softswitch = try makeSwitch(param("dsn", "sqlite://\(file)") + param("config-file", configuration))
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        let found = await softswitch.xml.configuration(named: "ivr.conf", parameters: [("Menu-Name", menu)])
        let path = "\(directory.path)/recordings/one.example/greet.wav"
        #expect(found?.first(at: "menus", "menu")?[attribute: "greet-long"] == path)
        #expect(directory.text("recordings/one.example/greet.wav") == "hello")
        await module.stop()
    }

    /// Somebody who is called, and registered with another switch, is called through that (`xml_handler.fs_path`).
    @Test func callsGoToOtherSwitches() async throws {
        let file = directory.path + "/pbx.db"
        try SmallTables(.v5_5, file: file).extension("1000")
        let core = directory.path + "/core.db"
        _ = try SQLiteTables(
            [
                "CREATE TABLE registrations (reg_user, realm, hostname, url, expires)",
                "INSERT INTO registrations VALUES ('1000', 'one.example', 'pbx2', 'sofia/lan/sip:a@b', 99999999999)",
            ],
            file: core
        )
        let configuration = directory.write("xml_handler.fs_path = true", to: "config.conf")
        let softswitch = try makeSwitch(
            param("dsn", "sqlite://\(file)") + param("core-dsn", "sqlite://\(core)")
                + param("config-file", configuration)
        )
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        let questions: [([(String, String)], Bool)] = [([("dialed_extension", "1000")], true), ([], false)]
        for (fields, isElsewhere) in questions {
            let user = await softswitch.directory.user("1000", domain: "one.example", parameters: fields)
            #expect(user?.params["dial-string"]?.contains("sofia/lan/1000@one.example;fs_path=sip:pbx2") == isElsewhere)
        }
        await module.stop()
    }

    /// A core database that cannot be used is said, and leaves the rest as it is.
    @Test(arguments: ["oracle://core", "balancer://none"]) func doesWithoutTheCoreDatabase(name: String) async throws {
        let file = directory.path + "/pbx.db"
        try SmallTables(.v5_5, file: file).extension("1000")
        let configuration = directory.write("xml_handler.fs_path = true", to: "config.conf")
        let softswitch = try makeSwitch(
            param("dsn", "sqlite://\(file)") + param("core-dsn", name) + param("config-file", configuration)
        )
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        #expect(await softswitch.directory.user("1000", domain: "one.example") != nil)
        #expect(log.lines.count { $0.contains("xml_handler.fs_path has no effect: the core database") } == 1)
        await module.stop()
    }

    /// What FusionPBX's pages tell the switch after a change, by event and by command.
    @Test(arguments: ["event", "command", "flush", "other settings"]) func forgetsWhatItIsTold(way: String) async throws
    {
        let file = directory.path + "/pbx.db"
        let tables = try SmallTables(.v5_5, file: file)
        try tables.extension("1000", ["password": "old"])
        let configuration = directory.write("switch.sounds.dir = /nowhere", to: "config.conf")
        let softswitch = try makeSwitch(param("dsn", "sqlite://\(file)") + param("config-file", configuration))
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        func password() async -> String? {
            await softswitch.directory.user("1000", domain: "one.example")?.params["password"]
        }
        #expect(await password() == "old")
        try tables.source.change(["UPDATE v_extensions SET password = 'new'"])
        #expect(await password() == "old")
        switch way {
        case "event":
            softswitch.events.publish(.custom) {
                var event = softswitch.makeEvent(.custom, subclass: "fusion::file")
                event.add("API-Command", "cache")
                event.add("API-Command-Argument", "delete directory.1000@one.example")
                return event
            }
        case "command": #expect(await softswitch.forgetDocuments("directory:1000@one.example") == 1)
        case "flush": #expect(await softswitch.forgetDocuments() > 0)
        default:
            // The same settings leave what is kept; others do not.
            try await module.reload()
            #expect(await password() == "old")
            directory.write("switch.sounds.dir = /other", to: "config.conf")
            try await module.reload()
        }
        var found = await password()
        for _ in 0..<1000 where found != "new" {
            try await Task.sleep(for: .milliseconds(10))
            found = await password()
        }
        #expect(found == "new")
        await module.stop()
        #expect(await softswitch.forgetDocuments() == 0)
    }

    @Test func asksOnlyForItsBindings() async throws {
        let tables = try SmallTables(.v5_5, file: directory.path + "/pbx.db")
        try tables.extension("1000")
        let softswitch = try makeSwitch(
            param("dsn", "sqlite://\(directory.path)/pbx.db") + param("bindings", "dialplan|configuration")
        )
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        #expect(!softswitch.xml.hasProviders(for: .directory))
        #expect(softswitch.xml.hasProviders(for: .dialplan))
        #expect(await softswitch.directory.user("1000", domain: "one.example") == nil)
        await module.stop()
    }

    /// A database that is not there, or not FusionPBX's, leaves everything to the files.
    @Test(arguments: ["/nonexistent/pbx.db", ""]) func otherDatabasesAnswerNothing(path: String) async throws {
        let file = path.isEmpty ? directory.path + "/empty.db" : path
        let softswitch = try makeSwitch(param("dsn", "sqlite://\(file)"))
        let module = XMLHandlerModule(softswitch)
        try await module.start()
        #expect(await softswitch.directory.user("1000", domain: "one.example") == nil)
        #expect(await softswitch.metrics["xml_handler_failures"]?.total() ?? 0 > 0)
        // What is in no table is not asked for.
        #expect(await softswitch.xml.configuration(named: "xml_handler.conf") != nil)
        await module.stop()
    }

    @Test(
        arguments: [
            ("<param name=\"bindings\" value=\"chatplan\"/>", "bindings"),
            ("<param name=\"timeout\" value=\"0\"/>", "timeout"),
            ("<param name=\"dsn\" value=\"odbc://fusionpbx\"/>", "not through ODBC"),
        ]
    ) func refusesWhatCannotWork(settings: String, wrong: String) async throws {
        let softswitch = try makeSwitch(settings)
        let error = await #expect(throws: (any Error).self) { try await XMLHandlerModule(softswitch).start() }
        #expect(error.map { "\($0)".contains(wrong) } == true)
        #expect(!softswitch.xml.hasProviders(for: .directory))
    }

    @Test func checkSaysWhatIsUnknown() throws {
        let node = try XMLDocument.parse(
            Array(#"<configuration><settings><param name="dns" value="x"/></settings></configuration>"#.utf8),
            named: "test"
        )
        #expect(
            XMLHandlerCheck.diagnostics(for: node).map(\.message) == [
                "unknown parameter \"dns\", did you mean \"dsn\"?"
            ]
        )
    }
}
