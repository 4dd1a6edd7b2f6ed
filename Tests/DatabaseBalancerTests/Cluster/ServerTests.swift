import Base
import Database
import Glibc
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What a balancer does with real servers of each kind, two of which stand for nodes.
@Suite(.enabled(if: DatabaseServer.areThere), .serialized)
struct ServerTests {
    /// A balancer over the server that may be killed, which comes first, and the one that is always there.
    static func balancer(
        _ server: DatabaseServer,
        _ change: (inout BalancerSettings) -> Void = { _ in }
    ) async throws -> Balancer {
        var settings = BalancerSettings(name: "two")
        settings.deadline = .seconds(600)
        settings.nodes = [
            NodeSettings(name: "victim", dataSource: try server.victim()),
            NodeSettings(name: "other", dataSource: try server.dsn()),
        ]
        settings.nodes[1].priority = 2
        change(&settings)
        let balancer = try Balancer(settings, directory: "") { _, _ in }
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        return balancer
    }

    /// The processes that a process has begun; none for a server that has threads.
    private static func children(of process: pid_t) -> [pid_t] {
        guard let file = fopen("/proc/\(process)/task/\(process)/children", "r") else { return [] }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        guard fgets(&line, Int32(line.count), file) != nil else { return [] }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Reads go on elsewhere when their node dies or hangs, those that are under way too.
    @Test(arguments: DatabaseServer.allCases, [SIGKILL, SIGSTOP])
    func readsGoOnElsewhere(_ server: DatabaseServer, _ signal: CInt) async throws {
        let balancer = try await Self.balancer(server)
        let process = try server.victimProcess()
        let before = balancer.status.nodes[1].statements
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<4 {
                group.addTask {
                    for _ in 0..<100 {
                        let rows = try await balancer.query(Statement("SELECT ? AS n", [.text("\(reader)")]))
                        #expect(rows.first?["n"]?.text == "\(reader)")
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(20))
            let isLost = { try await waitUntil("it is not trusted") { balancer.status.nodes[0].losses > 0 } }
            if signal == SIGKILL {
                try await server.killVictim(until: isLost)
            } else {
                // One of PostgreSQL's processes that goes on would answer.
                for child in Self.children(of: process) { kill(child, signal) }
                kill(process, signal)
                try await isLost()
            }
            try await group.waitForAll()
        }
        #expect(balancer.status.nodes[1].statements > before)
        if signal == SIGSTOP {
            for child in Self.children(of: process) { kill(child, SIGCONT) }
            kill(process, SIGKILL)
            kill(process, SIGCONT)
        }
        try await waitUntil("it is trusted again") { balancer.status.nodes[0].trust == "trusted" }
        await balancer.close()
    }

    /// A number tells what became of a change, and takes its chance from one that is still under way.
    @Test(arguments: DatabaseServer.allCases)
    func aNumberSettlesTheDoubt(_ server: DatabaseServer) async throws {
        let pool = DatabasePool(try DatabaseDSN(try server.dsn(), directory: ""), PoolSettings(connections: 3))
        let table = BalancerTable.requests(pool.dialect)
        try await table.make(in: pool)
        try await table.make(in: pool)

        var series = RequestSeries(pool.dialect)
        let committed = series.take()
        try await pool.execute([committed.statement])
        #expect(try await committed.settle(in: pool) == .committed)

        let lost = series.take()
        #expect(try await lost.settle(in: pool) == .void)
        // Asked again, it is still void, and the change that comes late is refused.
        #expect(try await lost.settle(in: pool) == .void)
        let late = await #expect(throws: DatabaseError.self) { try await pool.execute([lost.statement]) }
        #expect(late?.kind == .uniqueViolation)

        // Under way: it is waited for.
        let open = series.take()
        let fate = try await pool.transaction { transaction in
            try await transaction.execute(open.statement)
            return Task { try await open.settle(in: pool) }
        }
        #expect(try await fate.value == .committed)
        await pool.close()
    }

    /// Numbers are kept for a day by the database's clock; those that were answered go before, and void ones do not.
    @Test(arguments: DatabaseServer.allCases)
    func numbersAreTakenOutWhenNobodyNeedsThem(_ server: DatabaseServer) async throws {
        let pool = DatabasePool(try DatabaseDSN(try server.dsn(), directory: ""), PoolSettings(connections: 1))
        let table = BalancerTable.requests(pool.dialect)
        try await table.make(in: pool)
        try await pool.execute("DELETE FROM tandem_requests")
        var series = RequestSeries(pool.dialect)
        let numbers = (0..<3).map { _ in series.take() }
        for number in numbers.prefix(2) { try await pool.execute(number.statement) }
        #expect(try await numbers[2].settle(in: pool) == .void)
        for (name, hours) in [("old", 25), ("young", 23)] {
            let age = "\(pool.dialect.epoch) - \(hours * 3600)"
            let sql = "INSERT INTO tandem_requests (id, state, noted) VALUES (?, 'done', \(age))"
            try await pool.execute(Statement(sql, [.text(name)]))
        }
        try await table.tidy(pool)
        for number in numbers where number.id != numbers[1].id { series.end(number) }
        _ = series.takeEnded()
        let range = series.takeEnded()
        let ended = try #require(range)
        try await table.remove(ended, state: RequestNumber.done, from: pool)
        let left = try await pool.query("SELECT id FROM tandem_requests").map { try $0.text("id") }
        #expect(Set(left) == [numbers[1].id, numbers[2].id, "young"])
        await pool.close()
    }

    /// The end of a transaction is lost, and its number cannot be looked up for a while: that is tried again, until it is
    /// certain that nothing came of it, and then the transaction is carried out.
    @Test func aDoubtThatTakesLongIsSettled() async throws {
        let balancer = try await Self.balancer(.mariaDB) {
            $0.nodes.removeFirst()
            $0.deadline = .seconds(1)
        }
        let dsn = try DatabaseDSN(try DatabaseServer.mariaDB.dsn(), directory: "")
        let (locker, other) = (DatabasePool(dsn, PoolSettings(connections: 1)), DatabasePool(dsn, PoolSettings()))
        try await balancer.execute("DROP TABLE IF EXISTS doubted")
        try await balancer.execute("CREATE TABLE doubted (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        try await balancer.execute("INSERT INTO doubted VALUES (1, 0)")
        var attempts = 0
        var locking: Task<Void, any Error>?
        defer { locking?.cancel() }
        try await balancer.transaction(within: .seconds(120)) { transaction in
            attempts += 1
            let number = try await transaction.query("SELECT CONNECTION_ID() AS n").first?.integer("n") ?? 0
            try await transaction.execute("UPDATE doubted SET n = n + 1 WHERE id = 1")
            guard attempts == 1 else { return }
            locking = Task {
                // It gets the lock when the transaction has ended, before anybody can look up its number.
                _ = try await locker.execute("LOCK TABLES tandem_requests WRITE", within: .seconds(120))
                var askers: Set<Int64> = []
                try await waitUntil("it is looked up twice") {
                    let sql = "SELECT ID AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE ?"
                    for row in try await other.query(Statement(sql, [.text("INSERT INTO tandem_requests%")])) {
                        if let asker = try row.integer("n") { askers.insert(asker) }
                    }
                    return askers.count > 1
                }
                try await locker.execute("UNLOCK TABLES")
            }
            try await waitUntil("the lock is waited for") {
                let sql = "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata%'"
                return try await !other.query(Statement(sql)).isEmpty
            }
            try await other.execute(Statement("KILL \(number)"))
        }
        try await locking?.value
        #expect(attempts == 2)
        #expect(balancer.status.lookedUp == 1 && balancer.status.inDoubt == 0)
        #expect(try await balancer.query("SELECT n FROM doubted").first?["n"]?.integer == 1)
        try await balancer.execute("DROP TABLE doubted")
        for pool in [locker, other] { await pool.close() }
        await balancer.close()
    }

    /// A node that refuses a statement again and again is not asked 24 times at once: it may be well before the deadline.
    @Test func attemptsLastUntilTheDeadline() async throws {
        let balancer = try await Self.balancer(.mariaDB) { $0.nodes.removeFirst() }
        let deadline = Duration.seconds(4)
        let clock = ContinuousClock()
        let began = clock.now
        let error = await #expect(throws: DatabaseError.self) {
            let refusal: Statement = "SIGNAL SQLSTATE '08004' SET MYSQL_ERRNO = 1040, MESSAGE_TEXT = 'too many'"
            _ = try await balancer.execute(refusal, within: deadline)
        }
        // The last attempt may be ended by the deadline.
        #expect([.unavailable, .deadline].contains(error?.kind))
        #expect(clock.now - began >= deadline / 2)
        #expect(balancer.status.repeated > 2)
        await balancer.close()
    }

    /// Transactions that meet in every order are all carried out.
    @Test(arguments: DatabaseServer.allCases)
    func deadlocksAreTriedAgain(_ server: DatabaseServer) async throws {
        // The one that nobody kills.
        let balancer = try await Self.balancer(server) { $0.nodes.removeFirst() }
        try await balancer.execute("DROP TABLE IF EXISTS storm")
        try await balancer.execute("CREATE TABLE storm (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        for id in 0..<10 {
            try await balancer.execute(Statement("INSERT INTO storm VALUES (?, 0)", [.integer(Int64(id))]))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<30 {
                        let ids = (0..<10).shuffled()
                        try await balancer.transaction { transaction in
                            for id in ids {
                                let change = Statement("UPDATE storm SET n = n + 1 WHERE id = ?", [.integer(Int64(id))])
                                try await transaction.execute(change)
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let rows = try await balancer.query("SELECT n FROM storm")
        #expect(rows.map { $0["n"]?.integer } == Array(repeating: 90, count: 10))
        #expect(balancer.status.repeated > 0)
        try await balancer.execute("DROP TABLE storm")
        await balancer.close()
    }

    /// What the caller's own code throws is thrown, and nothing of it stays.
    @Test(arguments: DatabaseServer.allCases)
    func anErrorOfTheCallersUndoesEverything(_ server: DatabaseServer) async throws {
        struct Own: Error {}
        let balancer = try await Self.balancer(server) { $0.nodes.removeFirst() }
        try await balancer.execute("DROP TABLE IF EXISTS undone")
        try await balancer.execute("CREATE TABLE undone (id INTEGER PRIMARY KEY)")
        await #expect(throws: Own.self) {
            try await balancer.transaction { transaction in
                try await transaction.execute("INSERT INTO undone VALUES (1)")
                throw Own()
            }
        }
        #expect(try await balancer.query("SELECT id FROM undone").isEmpty)
        let twice = await #expect(throws: DatabaseError.self) {
            try await balancer.execute(["INSERT INTO undone VALUES (1)", "INSERT INTO undone VALUES (1)"])
        }
        #expect(twice?.kind == .uniqueViolation)
        #expect(try await balancer.query("SELECT id FROM undone").isEmpty)
        #expect(balancer.status.repeated == 0 && balancer.status.lookedUp == 0)
        try await balancer.execute("DROP TABLE undone")
        await balancer.close()
    }

    /// Without a node that can be used a call waits for its time, and says why there is none.
    @Test func theReasonsAreTold() async throws {
        var settings = BalancerSettings(name: "none")
        settings.nodes = [
            NodeSettings(name: "a", dataSource: "mariadb://Server=127.0.0.1;Port=1;Uid=x;Pwd={secret};"),
            NodeSettings(name: "b", dataSource: "mariadb://Server=127.0.0.1;Port=2;Uid=x;Pwd={secret};"),
        ]
        let balancer = try Balancer(settings, directory: "") { _, _ in }
        let error = await #expect(throws: DatabaseError.self) {
            try await balancer.query("SELECT 1", within: .milliseconds(1500))
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("a is down") == true)
        #expect(error?.description.contains("secret") == false)
        await balancer.close()
    }
}
