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
}
