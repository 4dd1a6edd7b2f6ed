import Applications
import Base
import Commands
import DialplanXML
import GRDB
import Logging
import Loopback
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import CoreDatabase
@testable import Database

/// A switch without a network on a simulated loop, whose tables are kept in a file, or a server's database, that another
/// reader looks into.
final class KeptSwitch {
    static let host = "node1"

    let directory: TemporaryDirectory
    let loop = SimulatedLoop()
    let softswitch: Switch
    private var database: CoreDatabase?
    /// The reader's connection to a server.
    private let server: (any DriverConnection)?

    /// - Parameters:
    ///   - dsn: The database of a server; a file when there is none.
    ///   - host: What the machine is called.
    ///   - directory: Where the file is.
    init(
        dsn: String? = nil,
        host: String = KeptSwitch.host,
        in directory: TemporaryDirectory = TemporaryDirectory()
    ) throws {
        self.directory = directory
        server = try dsn.map { try DatabaseDSN($0, directory: "").connector(PoolSettings()) { _ in }() }
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml,
            ports: 44000...44100,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
            ]
        )
        softswitch.xml.globals["hostname"] = host
        softswitch.configuration.coreDatabase = CoreDatabaseSettings(dsn: dsn ?? "sqlite://\(directory.path)/core.db")
        let softswitch = softswitch
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    private static let xml = """
        <document type="freeswitch/xml">
          <section name="configuration"><configuration name="modules.conf"><modules>
            <load module="mod_dptools"/><load module="mod_commands"/><load module="mod_dialplan_xml"/>
            <load module="mod_loopback"/>
          </modules></configuration></section>
          <section name="dialplan"><context name="default">
            <extension name="ring"><condition field="destination_number" expression="^4000$">
              <action application="ring_ready"/><action application="sleep" data="3600000"/></condition></extension>
            <extension name="park"><condition field="destination_number" expression="^5000$">
              <action application="set" data="presence_data=a'b,ü"/>
              <action application="answer"/><action application="park"/></condition></extension>
            <extension name="bridge"><condition field="destination_number" expression="^6000$">
              <action application="answer"/><action application="bridge" data="loopback/5000"/></condition></extension>
          </context></section>
          <section name="directory"/>
        </document>
        """

    /// Opens the database and begins to keep it; returns when it has everything for the first time.
    func start() throws {
        let softswitch = softswitch
        database = try #require(try finish { try? await CoreDatabase.start(for: softswitch) })
        let host = softswitch.hostName
        try #require(comesTrue { rows("SELECT * FROM interfaces WHERE hostname = '\(host)'").count > 1 })
    }

    /// Ends it.
    func stop() throws {
        guard let database else { return }
        try finish { await database.stop() }
    }

    deinit {
        server?.close()
    }

    /// Runs something on the loop to its end, with whatever other threads do for it.
    @discardableResult
    func finish<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) throws -> Result {
        let box = Box<Result>()
        Task.immediate(executorPreference: loop) {
            let result = await work()
            box.value.withLock { $0 = result }
        }
        try #require(loop.runUntil { box.value.withLock { $0 != nil } })
        return try #require(box.value.withLock { $0 })
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return loop.run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    /// What a command lists, as the database has it: rows of texts, in order.
    func listing(_ line: String) -> [[String]] {
        let lines = command("\(line) as delim |").split(separator: "\n")
        let rows = lines.dropFirst().dropLast().map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
        }
        return Self.ordered(rows)
    }

    private static func ordered(_ rows: [[String]]) -> [[String]] {
        rows.sorted { (one: [String], other: [String]) -> Bool in one.lexicographicallyPrecedes(other) }
    }

    /// What another program reads in the file, in order.
    func rows(_ sql: String) -> [[String]] {
        for _ in 0..<Self.busyAttempts {
            do {
                guard let server else { return Self.ordered(try other().read { try Self.rows(sql, $0) }) }
                let rows = try server.run(Statement(sql), PoolSettings()).rows
                return Self.ordered(rows.map { row in row.values.map { $0.text ?? "" } })
            } catch let error as GRDB.DatabaseError where error.resultCode == .SQLITE_BUSY {
                // Somebody writes for longer than the reader waits.
                continue
            } catch {
                // A table may still have to be made. No test expects such a row, so it shows what is wrong.
                return [["\(error)"]]
            }
        }
        Issue.record("the database is busy: \(sql)")
        return []
    }

    private static let busyAttempts = 10

    private static func rows(_ sql: String, _ connection: GRDB.Database) throws -> [[String]] {
        try Row.fetchAll(connection, sql: sql).map { row in
            row.databaseValues.map { (value: DatabaseValue) -> String in
                switch value.storage {
                case .string(let text): text
                case .int64(let number): String(number)
                default: ""
                }
            }
        }
    }

    private func other() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        return try DatabaseQueue(path: "\(directory.path)/core.db", configuration: configuration)
    }

    /// Does something to the database as another program would.
    func change(_ sql: String) throws {
        if let server {
            _ = try server.run(Statement(sql), PoolSettings())
            return
        }
        try other().write { try $0.execute(sql: sql) }
    }

    /// Whether something comes to hold while minutes pass: what fails is tried again later and later.
    func comesTrue(_ condition: () -> Bool) -> Bool {
        for _ in 0..<2000 {
            guard loop.runUntil({ condition() || database?.isWriting != true }) else { return false }
            if condition() { return true }
            loop.advance(by: .milliseconds(100))
        }
        return condition()
    }

    /// How often the database has failed.
    var failures: Int { database?.failures ?? 0 }

    /// Whether a table or view comes to hold what a command lists.
    func comesToHold(_ table: String, _ command: String) -> Bool {
        comesTrue { rows("SELECT * FROM \(table)") == listing("show \(command)") }
    }
}
