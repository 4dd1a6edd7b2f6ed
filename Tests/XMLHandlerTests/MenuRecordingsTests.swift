import Base
import Database
import Synchronization
import Testing
import XMLConfig

@testable import XMLHandler

/// Recordings that the database holds, on behalf of menus.
struct MenuRecordingsTests {
    private static let menu = "00000000-0000-4000-8000-000000000001"
    private static let folder = "/var/lib/freeswitch/recordings/one.example"

    /// Files that were made, by their paths.
    private final class Disk: Sendable {
        let files = Mutex<[String: String]>([:])

        var options: HandlerOptions {
            var options = SmallTables.options
            options.keepFile = { [self] path, content in
                files.withLock { $0[path] = String(decoding: content, as: UTF8.self) }
            }
            options.fileDigest = { [self] path in
                files.withLock { $0[path] }.map { "digest of \(Base64.encode($0.utf8))" }
            }
            options.fileExists = { [self] path in files.withLock { $0[path] != nil } }
            return options
        }

        var all: [String: String] { files.withLock { $0 } }
    }

    private static func tables(greeting: String, storage: String = "base64") throws -> SmallTables {
        let tables = try SmallTables()
        try tables.setting("recordings", "storage_type", storage)
        try tables.insert(
            "v_ivr_menus",
            ["ivr_menu_uuid": menu, "domain_uuid": "D1", "ivr_menu_greet_long": greeting],
            on: ["ivr_menu_enabled"]
        )
        return tables
    }

    private static func insert(_ name: String, _ text: String, tenant: String = "D1", _ tables: SmallTables) throws {
        try tables.insert(
            "v_recordings",
            ["recording_uuid": "R", "domain_uuid": tenant, "recording_filename": name, "recording_base64": text]
        )
    }

    private static func ask(_ tables: SmallTables, _ disk: Disk) async throws -> XMLHandler.Answer {
        try await tables.ask(.configuration, ["Menu-Name": menu], file: "ivr.conf", options: disk.options)
    }

    @Test func becomeFiles() async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        try tables.source.change(["UPDATE v_ivr_menus SET ivr_menu_exit_sound = 'bye bye.wav'"])
        try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
        try Self.insert("bye bye.wav", Base64.encode("bye".utf8), tables)
        // Of another tenant, and one that no menu names.
        try Self.insert("greet.wav", Base64.encode("other".utf8), tenant: "D2", tables)
        try Self.insert("other.wav", Base64.encode("other".utf8), tables)
        let disk = Disk()
        let found = try #require(try await Self.ask(tables, disk).document?.all("menu").first)
        #expect(disk.all == ["\(Self.folder)/greet.wav": "hello", "\(Self.folder)/bye bye.wav": "bye"])
        #expect(found[attribute: "greet-long"] == "\(Self.folder)/greet.wav")
        #expect(found[attribute: "exit-sound"] == "\(Self.folder)/bye bye.wav")
    }

    /// Nothing leads out of the tenant's directory, and nothing is hidden there.
    @Test(
        arguments: [
            "../greet.wav", "/etc/greet.wav", "a/b.wav", ".greet.wav", "..", "a\\b.wav", "a\nb.wav", "a$b.wav",
            "a&amp;b.wav",
            String(repeating: "a", count: 300),
        ]
    ) func otherNames(_ name: String) async throws {
        let tables = try Self.tables(greeting: name)
        try Self.insert(name, Base64.encode("hello".utf8), tables)
        let disk = Disk()
        let answer = try await Self.ask(tables, disk)
        #expect(disk.all.isEmpty && answer.faults.isEmpty)
        #expect(answer.document?.all("menu").count == 1)
    }

    @Test(arguments: ["..", "../other", "a/b", ".hidden"])
    func otherTenants(_ domain: String) async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        try tables.source.change(["UPDATE v_domains SET domain_name = '\(domain)' WHERE domain_uuid = 'D1'"])
        try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
        let disk = Disk()
        _ = try await Self.ask(tables, disk)
        #expect(disk.all.isEmpty)
    }

    /// What cannot become a file is named; a row without content is of a recording that is on the disk alone.
    @Test(
        arguments: [
            ("'!'", "it is not base64"), ("hex(zeroblob(22000000))", "it is longer than 40 MB of text"), ("NULL", nil),
            ("''", nil),
        ] as [(String, String?)]
    ) func contents(value: String, reason: String?) async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        try Self.insert("greet.wav", "", tables)
        try tables.source.change(["UPDATE v_recordings SET recording_base64 = \(value)"])
        let disk = Disk()
        let answer = try await Self.ask(tables, disk)
        #expect(disk.all.isEmpty)
        #expect(answer.faults.map(\.reason) == [reason].compactMap { $0 })
        #expect(answer.document?.all("menu").first?[attribute: "greet-long"] == "greet.wav")
    }

    /// What is on the disk already is not read again, where the database can say so.
    @Test func areReadWhereTheyDiffer() async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        tables.source.addDigests()
        try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
        let disk = Disk()
        for (text, count) in [("hello", 1), ("hello", 0), ("other", 1), ("other", 0)] {
            let value = Base64.encode(text.utf8)
            try tables.source.change(["UPDATE v_recordings SET recording_base64 = '\(value)'"])
            _ = tables.source.takeStatements()
            _ = try await Self.ask(tables, disk)
            #expect(tables.source.takeStatements().count { $0 == MenuRecordings.sql } == count)
            #expect(disk.all == ["\(Self.folder)/greet.wav": text])
        }
    }

    /// A recording that cannot be read is named, and leaves the menu and the others as they are.
    @Test(arguments: ["recording_base64", MenuRecordings.sql])
    func cannotBeRead(statement: String) async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
        let faulty = FaultyTables(tables.source)
        faulty.fail(statement, .limit)
        let disk = Disk()
        let question = XMLQuestion(section: .configuration, value: "ivr.conf", fields: [("Menu-Name", Self.menu)])
        let answer = try await XMLHandler(faulty, options: disk.options).answer(question)
        #expect(answer.document?.all("menu").count == 1)
        #expect(answer.faults.map(\.name) == ["greet.wav"])
        #expect(disk.all.isEmpty)
    }

    /// All of them together have one deadline.
    @Test func takeNoLonger() async throws {
        let tables = try Self.tables(greeting: "greet.wav")
        try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
        let reader = TableReader(schema: try await Schema.probe(tables.source), source: tables.source)
        let disk = Disk()
        var recordings = MenuRecordings(tables: reader, options: disk.options)
        let menu = TableRow(["domain_uuid": "D1", "tenant_name": "one.example", "ivr_menu_greet_long": "greet.wav"])
        recordings.patience = .zero
        _ = tables.source.takeStatements()
        let faults = await recordings.keep([menu])
        #expect(faults.map(\.reason) == ["the database has taken too long"])
        #expect(tables.source.takeStatements().isEmpty && disk.all.isEmpty)
        recordings.patience = .seconds(600)
        #expect(await recordings.keep([menu]).isEmpty)
        #expect(disk.all.count == 1)
    }

    /// Neither where recordings are elsewhere, nor where files are no business of ours.
    @Test func areLeftAlone() async throws {
        for (storage, isOurs) in [("", true), ("http_cache", true), ("base64", false)] {
            let tables = try Self.tables(greeting: "greet.wav", storage: storage)
            try Self.insert("greet.wav", Base64.encode("hello".utf8), tables)
            let disk = Disk()
            var options = disk.options
            if !isOurs { options.keepFile = nil }
            _ = tables.source.takeStatements()
            _ = try await tables.ask(.configuration, ["Menu-Name": Self.menu], file: "ivr.conf", options: options)
            #expect(disk.all.isEmpty)
            #expect(!tables.source.takeStatements().contains { $0.contains("v_recordings") })
        }
    }

    /// On a web server each tenant has a folder.
    @Test func webServers() async throws {
        let tables = try Self.tables(greeting: "greet.wav", storage: "http_cache")
        try tables.setting("recordings", "storage_path", "http://web.example/${domain_name}/${domain_uuid}")
        let menu = try #require(try await Self.ask(tables, Disk()).document?.all("menu").first)
        #expect(menu[attribute: "greet-long"] == "http://web.example/one.example/D1/greet.wav")
    }
}
