import Base
import Database
import SIP
import SIPTransport
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// Which of the rows of one phone counts: that of its latest REGISTER, for however long it is.
struct RegistrationOrderTests {
    /// A phone that moves to another node with a shorter time is called there, and gone when it leaves.
    @Test(arguments: ["contact", "call-id", "false"])
    func movesWithAShorterTime(policy: String) throws {
        let cluster = try SimulatedCluster(seed: 61, settings: ["multiple-registrations": policy])
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        try cluster.register(phone, at: cluster.second, heard: 2, expires: 60)
        #expect(try cluster.hosts(of: "1001") == [["node2"]])
        let call = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(cluster.second.softswitch.sessions.count == 2)
        caller.hangUp(call)
        #expect(cluster.comesTrue { cluster.second.softswitch.sessions.count == 0 })
        phone.register(expires: 0)
        #expect(cluster.comesTrue { (try? cluster.hosts(of: "1001"))?.isEmpty == true })
        cluster.loop.advance(by: .seconds(10))
        for node in [cluster.first, cluster.second] { #expect(try cluster.contacts(of: "1001", at: node).isEmpty) }
    }

    /// With one registration of a user, another phone that registers last is the one that is called, with all nodes.
    @Test func theLatestPhoneTakesTheOthersPlace() throws {
        let cluster = try SimulatedCluster(seed: 62, settings: ["multiple-registrations": "false"])
        _ = try cluster.phone("1001", at: cluster.first, seed: 1)
        let later = SimulatedPhone(cluster.second, user: "1001", seed: 7)
        try cluster.register(later, at: cluster.second, heard: 1, expires: 60)
        for node in [cluster.first, cluster.second] {
            let strings = try cluster.contacts(of: "1001", at: node)
            #expect(strings.count == 1 && strings.first?.contains("\(later.address)") == true)
        }
    }

    /// A phone may leave at a node that it never registered with.
    @Test(arguments: ["Contact: <sip:1001@10.0.0.99:5060>;expires=0", "Contact: *\r\nExpires: 0"])
    func leavesAtAnotherNode(headers: String) throws {
        let cluster = try SimulatedCluster(seed: 64, settings: ["accept-blind-reg": "true"])
        let own = "<sip:1001@10.0.0.1>"
        let register = { (node: SimulatedSwitch, cseq: Int, headers: String) in
            WirePeer(node).request("REGISTER", uri: "sip:10.0.0.1", from: own, to: own, cseq: cseq, [headers])
        }
        #expect(register(cluster.first, 1, "Contact: <sip:1001@10.0.0.99:5060>;expires=600")?.status == 200)
        #expect(cluster.comesTrue { (try? cluster.hosts(of: "1001")) == [["node1"]] })
        #expect(register(cluster.second, 2, headers)?.status == 200)
        #expect(cluster.comesTrue { (try? cluster.hosts(of: "1001"))?.isEmpty == true })
        cluster.loop.advance(by: .seconds(10))
        for node in [cluster.first, cluster.second] { #expect(try cluster.contacts(of: "1001", at: node).isEmpty) }
    }

    /// Whoever registers and leaves at once is gone, however long the database takes over the first.
    @Test func leavesAfterItCame() throws {
        let settings = ["accept-blind-reg": "true", "max-registrations-per-extension": "2"]
        let cluster = try SimulatedCluster(seed: 65, settings: settings)
        let peer = WirePeer(cluster.first)
        let contact = "Contact: <sip:1000@10.0.0.99:5060>"
        for (number, seconds) in [600, 0, 600, 0].enumerated() {
            peer.request("REGISTER", uri: "sip:10.0.0.1", cseq: number + 1, ["\(contact);expires=\(seconds)"])
        }
        #expect(cluster.comesTrue { peer.heard.count { $0.status == 200 } == 4 })
        #expect(peer.heard.compactMap { $0.status == 200 ? Int($0.cseq) : nil } == [1, 2, 3, 4])
        #expect(cluster.first.gauge("registrations") == 0)
        #expect(cluster.comesTrue { (try? cluster.hosts(of: "1000"))?.isEmpty == true })
    }

    /// Phones do not wait for each other.
    @Test func eachPhoneHasItsTurns() {
        var turns = RegistrationTurns()
        let first = ["one", "two", "one"].map { turns.enter($0) }
        #expect(first == [.now, .now, .later])
        turns.leave("two")
        let again = turns.enter("two")
        #expect(again == .now)
    }

    /// A table of an earlier version or of FreeSWITCH's gets the column, also while nodes are at work.
    @Test func addsTheColumn() throws {
        let cluster = try SimulatedCluster(seed: 63)
        try cluster.change("ALTER TABLE sip_registrations DROP COLUMN registered_ms")
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let times = "SELECT count(registered_ms) FROM sip_registrations"
        #expect(try cluster.rows(times) == [["1"]])
        try cluster.register(phone, at: cluster.second, heard: 2, expires: 60)
        #expect(try cluster.hosts(of: "1001") == [["node2"]])
        // A row that says nothing of its time does not stand against one that does.
        try cluster.change("UPDATE sip_registrations SET registered_ms = NULL, expires = expires + 3000")
        try cluster.register(phone, at: cluster.first, heard: 3, expires: 60)
        #expect(try cluster.hosts(of: "1001") == [["node1"]])
    }

    /// What each change leaves, with and without the column.
    ///
    /// Another node's row of the phone is from `other` milliseconds ago; what comes is a REGISTER of `age` ago.
    @Test(arguments: [
        (Int64?(60_000), Int64(0), ["new"]), (60_000, 30_000, ["new"]), (10_000, 30_000, ["new", "other"]),
        (nil, 30_000, ["new"]),
        // The clock of a node of the database goes wrong: what is heard now counts, not what may have been later.
        (-50_000, 0, ["new"]), (-50_000, 30_000, ["new", "other"]),
    ])
    func laterRowsStay(other: Int64?, age: Int64, left: [String]) async throws {
        let database = try await TableInMemory(hasTimes: true)
        let record = try RegistrationRecord.made(of: "ann", phone: 1, expires: 1000)
        try await database.execute(record, .kept(isOnly: false), host: "other", age: other ?? 0)
        if other == nil { try await database.execute("UPDATE sip_registrations SET registered_ms = NULL") }
        let sooner = try RegistrationRecord.made(of: "ann", phone: 1, expires: 100)
        try await database.execute(sooner, .kept(isOnly: false), host: "new", age: age)
        #expect(try await database.hosts() == left)
        // Leaving a moment later takes out both.
        try await database.execute(sooner, .removed, host: "new", age: min(other ?? age, age) - 1)
        #expect(try await database.hosts() == [])
        await database.close()
    }

    @Test func goesOnWithoutTheColumn() async throws {
        let database = try await TableInMemory(hasTimes: false)
        let record = try RegistrationRecord.made(of: "ann", phone: 1, expires: 1000)
        try await database.execute(record, .kept(isOnly: false), host: "one", age: 0)
        let later = try RegistrationRecord.made(of: "ann", phone: 1, expires: 1001)
        try await database.execute(later, .kept(isOnly: false), host: "two", age: 0)
        #expect(try await database.hosts() == ["two"])
        try await database.execute(later, .removed, host: "two", age: 0)
        #expect(try await database.hosts() == [])
        await database.close()
    }
}

/// The table of registrations in a database of SQLite's, as several nodes write it.
private struct TableInMemory {
    private let directory = TemporaryDirectory()
    private let database: DatabasePool
    private let hasTimes: Bool

    init(hasTimes: Bool) async throws {
        self.hasTimes = hasTimes
        let name = "sqlite://\(directory.path)/table.db"
        database = DatabasePool(try DatabaseDSN(name, directory: ""), PoolSettings(connections: 1))
        try await database.execute(RegistrationSchema(dialect: .sqlite, host: "", profile: "internal").creation)
        if !hasTimes { try await execute("ALTER TABLE sip_registrations DROP COLUMN registered_ms") }
    }

    func execute(_ sql: String) async throws { try await database.execute(Statement(sql)) }

    /// Has a node write what became of a phone `age` milliseconds ago.
    func execute(
        _ record: RegistrationRecord,
        _ kind: RegistrationRecord.Change.Kind,
        host: String,
        age: Int64
    ) async throws {
        var schema = RegistrationSchema(dialect: .sqlite, host: host, profile: "internal")
        schema.hasTimes = hasTimes
        // A time that is to come, which only another node's clock can have written.
        let change = RegistrationRecord.Change(kind: kind, record: record, time: .zero)
        try await database.execute(schema.statements(for: change, at: MonotonicInstant.zero + .milliseconds(age)))
        guard age < 0, hasTimes else { return }
        try await database.execute(
            Statement(
                "UPDATE sip_registrations SET registered_ms = registered_ms + ? WHERE hostname = ?",
                [.integer(-age), .text(host)]
            )
        )
    }

    func hosts() async throws -> [String] {
        try await database.query("SELECT hostname FROM sip_registrations ORDER BY hostname").compactMap {
            $0["hostname"]?.text
        }
    }

    func close() async { await database.close() }
}

extension RegistrationRecord {
    /// A phone of a user, one of several.
    static func made(of user: String, phone: Int, expires: Int64) throws -> RegistrationRecord {
        let registration = Registration.made(
            of: user,
            contact: "10.0.\(phone).1",
            domain: "pbx.example",
            callID: "call-\(user)-\(phone)"
        )
        return try #require(RegistrationRecord(registration, expires: expires))
    }
}

extension SimulatedCluster {
    /// The nodes that have a row of a user's.
    func hosts(of user: String) throws -> [[String]] {
        try rows("SELECT hostname FROM sip_registrations WHERE sip_user = '\(user)' ORDER BY hostname")
    }

    /// How a node calls a user.
    func contacts(of user: String, at node: SimulatedSwitch) throws -> [String] {
        let profile = try #require(node.profile)
        return try #require(finish { await profile.dialStrings(of: user, domain: "10.0.0.1") })
    }
}
