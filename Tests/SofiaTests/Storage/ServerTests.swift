import Base
import Database
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// Two nodes with a database of PostgreSQL or MariaDB, which `Tests/Integration/databases` starts.
@Suite(.enabled(if: DatabaseServer.areThere))
struct ServerTests {
    /// All of it in one test: there is one database of each kind.
    @Test(arguments: DatabaseServer.allCases)
    func findsPhonesOfOtherNodes(server: DatabaseServer) throws {
        let cluster = try SimulatedCluster(seed: 21, dsn: try server.dsn())
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        var call = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.last == "called")
        let store = try #require(cluster.second.profile?.store)
        for (after, hosts) in [("", ["node1"]), ("z", [])] {
            let found = cluster.finish { await store.reachableContacts(after: after, limit: 10).map(\.host) }
            #expect(found == hosts)
        }
        caller.hangUp(call)
        #expect(cluster.comesTrue { cluster.first.softswitch.sessions.count == 0 })

        try cluster.register(phone, at: cluster.second, heard: 2)
        let hosts = "SELECT hostname FROM sip_registrations WHERE sip_user = '1001'"
        #expect(try cluster.rows(hosts) == [["node2"]])
        call = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(cluster.first.softswitch.sessions.count == 0)
        caller.hangUp(call)
        #expect(cluster.comesTrue { cluster.second.softswitch.sessions.count == 0 })

        // Nobody is called at a node that does not say that it is alive.
        let other = try cluster.phone("1003", at: cluster.second, seed: 3)
        let first = try #require(cluster.first.profile)
        let found = { try #require(cluster.finish { await first.dialStrings(of: "1003", domain: "10.0.0.1") }) }
        #expect(try found().count == 1)
        try cluster.change("DROP TABLE sip_nodes")
        try cluster.change(
            "CREATE TABLE sip_nodes (hostname VARCHAR(9), profile_name VARCHAR(9), uri TEXT, secret TEXT, lease BIGINT)"
        )
        try cluster.change("INSERT INTO sip_nodes VALUES ('node2', 'internal', 'sip:10.0.0.2', 'x', 1)")
        #expect(try found().isEmpty)
        // Where no node is known by that name, it is a FreeSWITCH.
        try cluster.change("DELETE FROM sip_nodes")
        #expect(try found() == ["sofia/internal/sip:1003@\(other.address)"])
        for table in ["sip_nodes", "sip_registrations"] { try cluster.change("DROP TABLE \(table)") }
    }

    @Test(arguments: DatabaseServer.allCases)
    func oneMomentAtBothNodes(server: DatabaseServer) async throws {
        try await server.withDatabase { dsn in
            try await onOwnThread { try SimulatedCluster(seed: 24, dsn: dsn).checkOneMoment() }
        }
    }

    /// A server that hangs holds nobody up: phones register and call, and it gets what it has missed.
    @Test(arguments: DatabaseServer.allCases)
    func goesOnWhileTheServerHangs(server: DatabaseServer) async throws {
        try await server.withDatabase { dsn in
            let relay = try await TCPRelay(to: try #require(Int(try server.port())))
            let name = try server.dsn(dsn, by: relay)
            try await onOwnThread { try Self.hang(relay, SimulatedCluster(seed: 25, dsn: name)) }
            try await relay.stop()
        }
    }

    private static func hang(_ relay: TCPRelay, _ cluster: SimulatedCluster) throws {
        let loop = cluster.loop
        let callee = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        relay.freeze()
        let others = (1003...1009).map { SimulatedPhone(cluster.first, user: "\($0)", seed: 3) }
        for phone in others { phone.register(expires: 600) }
        // No moment of real time goes by: nobody waits for the server.
        loop.advance(by: .milliseconds(200))
        #expect(others.allSatisfy { $0.heard == ["REGISTER 200"] })
        // The first who calls waits for the answer that does not come; for a while then nobody asks.
        var call = caller.call("1001")
        for _ in 0..<20 where caller.heard.last != "answered" {
            _ = loop.runUntil({ cluster.first.profile?.store?.isAsking == false }, waitingAtMost: 1)
            loop.advance(by: .milliseconds(10))
        }
        #expect(caller.heard.last == "answered")
        caller.hangUp(call)
        loop.advance(by: .milliseconds(100))
        call = caller.call("1001")
        loop.advance(by: .milliseconds(100))
        #expect(caller.heard.last == "answered")
        #expect(callee.heard.count { $0 == "called" } == 2)
        caller.hangUp(call)
        loop.advance(by: .milliseconds(100))
        // What is written is given up at its time, and kept.
        #expect(loop.runUntil { cluster.first.profile?.store?.isKept == false })
        relay.thaw()
        let users = "SELECT sip_user FROM sip_registrations WHERE hostname = 'node1' ORDER BY sip_user"
        #expect(cluster.comesTrue { (try? cluster.rows(users)) == (1001...1009).map { ["\($0)"] } })
        // And the other node finds them.
        let second = try #require(cluster.second.profile)
        #expect(
            cluster.comesTrue {
                cluster.finish { await second.dialStrings(of: "1009", domain: "10.0.0.1") }?.count == 1
            }
        )
    }

    /// Two nodes whose phones all register anew at one time meet at the same users, and both get through.
    @Test(arguments: DatabaseServer.allCases)
    func manyPhonesOfBothNodesAtOnce(server: DatabaseServer) async throws {
        try await server.withDatabase { dsn in
            let pools = try (0..<2).map { _ in
                DatabasePool(try DatabaseDSN(dsn, directory: ""), PoolSettings(connections: 1))
            }
            let nodes = ["node1", "node2"].map {
                RegistrationSchema(dialect: pools[0].dialect, host: $0, profile: "internal")
            }
            try await pools[0].execute(nodes[0].creation)
            // First each node has its own phones of the users, then both say that they have the same ones.
            for phones in [[0, 1], [0, 1], [2, 2]] {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<2 {
                        group.addTask {
                            try await Self.write(nodes[number], pools[number], phone: phones[number], expires: 1000)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let hosts = """
                SELECT hostname AS host, COUNT(DISTINCT sip_user) AS users FROM sip_registrations \
                WHERE contact LIKE '%10.0.2.1%' GROUP BY hostname ORDER BY hostname
                """
            let found = try await pools[0].query(Statement(hosts)).map { $0["users"]?.integer }
            #expect((1...2).contains(found.count) && found.contains(Int64(Self.users)))
            // Whoever hears of them next has them.
            try await Self.write(nodes[1], pools[1], phone: 2, expires: 1060)
            let rows = try await pools[0].query(Statement(hosts))
            #expect(rows.map { $0["host"]?.text } == ["node2"] && rows.first?["users"]?.integer == Int64(Self.users))
            for pool in pools { await pool.close() }
        }
    }

    private static let users = 500

    /// Writes what a node has heard of a phone of each user, all at once.
    private static func write(
        _ node: RegistrationSchema,
        _ database: DatabasePool,
        phone: Int,
        expires: Int64
    ) async throws {
        let statements = try (0..<users).flatMap { user in
            let record = try RegistrationRecord.made(of: "user\(user)", phone: phone, expires: expires)
            return node.statements(
                for: .init(kind: .kept(isOnly: false), record: record, time: record.registeredAt),
                at: record.registeredAt
            )
        }
        try await database.transaction(attempts: 5, within: .seconds(60)) { transaction in
            for statement in statements { try await transaction.execute(statement) }
        }
    }
}
