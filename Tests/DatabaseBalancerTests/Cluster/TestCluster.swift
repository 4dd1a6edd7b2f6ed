import Glibc
import TandemTesting

import enum Database.DatabaseDSN
import class Database.DatabasePool
import struct Database.PoolSettings
import struct Database.Statement

@testable import DatabaseBalancer

/// The three nodes that `Tests/Integration/cluster` starts, or the two servers of `Tests/Integration/standby`, and what can
/// be done to them.
struct TestCluster: Sendable {
    /// The names of the nodes, one for each.
    let dsns: [String]
    private let directory: String

    struct Missing: Error {}

    /// What the environment of the tests calls them.
    enum Kind: String {
        /// Nodes of Galera.
        case cluster = "CLUSTER"
        /// A primary of PostgreSQL and its standby.
        case standby = "STANDBY"

        var isThere: Bool { DatabaseServer.environment(rawValue) != nil }
    }

    init(_ kind: Kind = .cluster) throws {
        guard let names = DatabaseServer.environment(kind.rawValue),
            let directory = DatabaseServer.environment("\(kind.rawValue)_DIRECTORY")
        else { throw Missing() }
        dsns = names.split(separator: "\n").map { String($0) }
        self.directory = directory
    }

    /// A balancer over the nodes, which are called n0, n1 and n2.
    func balancer(
        changed change: (inout BalancerSettings) -> Void = { _ in },
        reporting report: @escaping @Sendable (Bool, String) -> Void = { _, _ in }
    ) throws -> Balancer {
        var settings = BalancerSettings(name: "cluster")
        settings.nodes = dsns.enumerated().map { NodeSettings(name: "n\($0.offset)", dataSource: $0.element) }
        change(&settings)
        return try Balancer(settings, directory: "", report: report)
    }

    /// A connection to one node, past the balancer.
    ///
    /// - Parameter rows: How many rows a query may give.
    func pool(_ node: Int, rows: Int = 10_000) throws -> DatabasePool {
        var settings = PoolSettings(connections: 1)
        settings.rows = rows
        return DatabasePool(try DatabaseDSN(dsns[node], directory: ""), settings)
    }

    // MARK: - Faults

    func process(_ node: Int) throws -> pid_t {
        guard let file = fopen(path(node, "pid"), "r") else { throw Missing() }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        guard fgets(&line, Int32(line.count), file) != nil,
            let process = pid_t(String(decoding: line.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self))
        else { throw Missing() }
        return process
    }

    func signal(_ node: Int, _ signal: CInt) throws {
        kill(try process(node), signal)
    }

    /// Whether a node that has ended is left alone.
    func hold(_ node: Int, _ isHeld: Bool) {
        set(path(node, "hold"), isHeld)
    }

    /// The node begins without data when it is started the next time.
    func wipe(_ node: Int) {
        set(path(node, "wipe"), true)
    }

    /// Carries something out on one node, past the balancer; again and again, when the node is not ready for it.
    func tell(_ node: Int, _ sql: String) async throws {
        let pool = try pool(node)
        var isDone = false
        for _ in 0..<200 where !isDone {
            isDone = (try? await pool.execute(Statement(stringLiteral: sql), within: .seconds(2))) != nil
            if !isDone { try await Task.sleep(for: .milliseconds(50)) }
        }
        await pool.close()
        if !isDone { throw Missing() }
    }

    private func path(_ node: Int, _ kind: String) -> String { "\(directory)/node\(node + 1).\(kind)" }

    private func set(_ path: String, _ isThere: Bool) {
        guard isThere else {
            unlink(path)
            return
        }
        if let file = fopen(path, "w") { fclose(file) }
    }
}
