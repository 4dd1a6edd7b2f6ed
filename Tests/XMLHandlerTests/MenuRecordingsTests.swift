import Base
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
