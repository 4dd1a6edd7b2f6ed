import Base
import Database
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Sofia

/// Two nodes on a simulated network that share a database, which is a file here.
final class SimulatedCluster {
    let directory = TemporaryDirectory()
    let first: SimulatedSwitch
    let second: SimulatedSwitch
    private let database: DatabasePool

    var loop: SimulatedLoop { first.loop }
    private var nodes: [SimulatedSwitch] { [first, second] }

    /// Both nodes at work.
    ///
    /// - Parameters:
    ///   - dsn: The database of a server; a file when there is none.
    ///   - settings: Parameters of their profiles.
    ///   - actions: What the extension 5005 does.
    init(
        seed: UInt64,
        dsn: String? = nil,
        settings: [String: String] = [:],
        actions: [(application: String, data: String)] = []
    ) throws {
        let dsn = dsn ?? "sqlite://\(directory.path)/shared.db"
        let settings = settings.merging(["odbc-dsn": dsn]) { $1 }
        first = try SimulatedSwitch(seed: seed, settings: settings, actions: actions)
        second = try SimulatedSwitch(seed: seed &+ 1, beside: first, settings: settings, actions: actions)
        database = DatabasePool(try DatabaseDSN(dsn, directory: ""), PoolSettings(connections: 1))
        for (number, node) in nodes.enumerated() {
            node.softswitch.xml.globals["hostname"] = "node\(number + 1)"
            node.start()
        }
        try #require(loop.runUntil { nodes.allSatisfy { $0.profile?.store != nil } })
        // Each says where it is.
        try #require(comesTrue { (try? rows("SELECT lease FROM sip_nodes WHERE lease > 0").count) == 2 })
    }

    /// Whether something comes to hold while half a minute passes.
    func comesTrue(_ condition: () -> Bool) -> Bool {
        for _ in 0..<300 {
            guard loop.runUntil({ condition() || !isBusy }) else { return false }
            if condition() { return true }
            loop.advance(by: .milliseconds(100))
        }
        return condition()
    }

    private var isBusy: Bool { nodes.contains { $0.profile?.store?.isBusy == true } }

    /// What is in the database, as texts.
    func rows(_ sql: String) throws -> [[String]] {
        let database = database
        return try #require(
            finish { try? await database.query(Statement(sql)).map { row in row.values.map { $0.text ?? "NULL" } } }
        )
    }

    /// Does something to the database.
    func change(_ sql: String) throws {
        let database = database
        try #require(finish { (try? await database.execute(Statement(sql))) != nil } == true)
    }

    /// Runs something on the loop to its end, with whatever other threads do for it.
    func finish<Value: Sendable>(_ work: @escaping @Sendable () async -> Value?) -> Value? {
        let result = Box<Value>()
        Task.immediate(executorPreference: loop) {
            let value = await work()
            result.value.withLock { $0 = .some(value) }
        }
        guard loop.runUntil({ result.value.withLock { $0 != nil } }) else { return nil }
        return result.value.withLock { $0 ?? nil }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value??>(nil)
    }

    /// A phone that is registered with a node, and written down.
    func phone(_ user: String, at node: SimulatedSwitch, seed: UInt8) throws -> SimulatedPhone {
        let phone = SimulatedPhone(node, user: user, seed: seed)
        try register(phone, at: node, heard: 1)
        return phone
    }

    /// Has a phone register with a node.
    ///
    /// - Parameter count: How many of its registrations it has heard of then.
    func register(_ phone: SimulatedPhone, at node: SimulatedSwitch, heard count: Int, expires: Int = 600) throws {
        phone.server = IPEndpoint(node.address, port: 5060)
        phone.register(expires: expires)
        try #require(comesTrue { phone.heard.count { $0 == "REGISTER 200" } == count })
        let host = node === first ? "node1" : "node2"
        try #require(
            comesTrue {
                (try? rows("SELECT contact FROM sip_registrations WHERE hostname = '\(host)'"))?
                    .contains { $0[0].contains("@\(phone.address)") } == true
            }
        )
    }
}
