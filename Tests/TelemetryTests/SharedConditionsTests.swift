import Base
import NetworkConditions
import TandemTesting
import Testing

@testable import Database
@testable import Telemetry

/// The shared tables in each kind of database.
struct SharedConditionsTests {
    /// A database of each kind: SQLite always, servers where `Tests/Integration/databases` has started them.
    enum Place: String, CaseIterable, Sendable {
        case sqlite, postgreSQL, mariaDB

        static var available: [Place] { DatabaseServer.areThere ? allCases : [.sqlite] }

        func open(in directory: TemporaryDirectory, connections: Int = 8) throws -> DatabasePool {
            let dsn =
                switch self {
                case .sqlite: "sqlite://\(directory.path)/shared.db"
                case .postgreSQL: try DatabaseServer.postgreSQL.dsn()
                case .mariaDB: try DatabaseServer.mariaDB.dsn()
                }
            let dataSource = try DatabaseDSN(dsn, directory: directory.path)
            return DatabasePool(dataSource, PoolSettings(connections: connections))
        }

        /// Lets a connection change nothing from now on.
        var readOnly: Statement {
            switch self {
            case .sqlite: "PRAGMA query_only = ON"
            case .postgreSQL: "SET default_transaction_read_only = on"
            case .mariaDB: "SET SESSION TRANSACTION READ ONLY"
            }
        }
    }

    private static let now = MonotonicInstant.zero + .seconds(1_000_000)

    private static func row(_ network: String, _ center: String, trip: Double, age: Int64 = 0) throws
        -> NetworkCondition
    {
        NetworkCondition(
            network: try #require(IPPrefix(network)),
            dataCenter: center,
            roundTrip: Estimate(mean: trip, variance: 2.25, weight: 7),
            loss: Estimate(mean: 0.015625, variance: 0.25, weight: 6),
            jitter: Estimate(mean: 3.5, variance: 1, weight: 5),
            clients: 3,
            newest: now + .seconds(-age)
        )
    }

    /// Runs a test with tables that nobody else has written into.
    private static func withTables(
        _ place: Place,
        _ limits: SharedConditions.Limits = SharedConditions.Limits(),
        _ body: (SharedConditions, DatabasePool, TemporaryDirectory) async throws -> Void
    ) async throws {
        let directory = TemporaryDirectory()
        let pool = try place.open(in: directory)
        try await dropTables(pool)
        try await body(SharedConditions(pool, limits), pool, directory)
        await pool.close()
    }

    private static func dropTables(_ pool: DatabasePool) async throws {
        for table in [ConditionTable.table, ObservationTable.table, ArrivalTable.table] {
            try await pool.execute(Statement("DROP TABLE IF EXISTS \(table.name)"))
        }
    }

    private static func read(_ tables: SharedConditions, _ seconds: Int = 60) async throws -> [String: NetworkCondition]
    {
        let found = Found()
        try await tables.conditions(lastSeconds: seconds, at: now) { row, node in
            found.add("\(row.network) \(row.dataCenter) \(node)", row)
        }
        return found.rows
    }

    /// All of it in one test: there is one database of each kind.
    @Test(arguments: Place.available)
    func keepsRows(place: Place) async throws {
        try await Self.withTables(place) { tables, pool, directory in
            // Nobody has made a table yet, and who reads first finds none.
            #expect(try await tables.observations(lastSeconds: 60).isEmpty)
            try await keepsConditions(tables)
            try await keepsObservations(tables)
            try await keepsArrivals(tables)
            try await forgetsOldRows(tables, pool)
            try await isReadByThoseWhoMayOnlyRead(place, tables, directory)
            try await survivesItsTables(tables, pool)
        }
        var limits = SharedConditions.Limits()
        (limits.rows, limits.page) = (3, 4)
        try await Self.withTables(place, limits) { tables, pool, _ in
            try await readsPartByPart(tables)
            try await takesOutPieceByPiece(pool)
            try await keepsNotTooMany(tables, pool)
        }
        try await Self.withTables(place) { _, _, directory in try await isMadeByAll(place, directory) }
    }

    /// An account that may read, or a server that stands by.
    private func isReadByThoseWhoMayOnlyRead(
        _ place: Place,
        _ tables: SharedConditions,
        _ directory: TemporaryDirectory
    ) async throws {
        let pool = try place.open(in: directory, connections: 1)
        try await pool.execute(place.readOnly)
        let reader = SharedConditions(pool)
        #expect(try await Self.read(reader).count == 1)
        #expect(try await reader.observations(lastSeconds: 60).count == 1)
        let row = try Self.row("198.51.100.0/24", "dc1", trip: 1)
        await #expect(throws: DatabaseError.self) { try await reader.write([row], node: "x", at: Self.now) }
        await pool.close()
    }

    /// The database is another one, as after a backup was put back: whoever comes first makes the tables.
    private func survivesItsTables(_ tables: SharedConditions, _ pool: DatabasePool) async throws {
        try await Self.dropTables(pool)
        try await tables.write([try Self.row("198.51.100.0/24", "dc1", trip: 1)], node: "one", at: Self.now)
        #expect(try await Self.read(tables).count == 1)
    }

    /// Those who start at the same time are in each other's way when they make the tables, and none fails.
    private func isMadeByAll(_ place: Place, _ directory: TemporaryDirectory) async throws {
        let pools = try (0..<6).map { _ in try place.open(in: directory, connections: 1) }
        for round in 0..<5 {
            try await Self.dropTables(pools[0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, pool) in pools.enumerated() {
                    let row = try Self.row("10.\(round).0.0/24", "dc1", trip: 1)
                    group.addTask { try await SharedConditions(pool).write([row], node: "n\(index)", at: Self.now) }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.read(SharedConditions(pools[0])).count == pools.count)
        }
        for pool in pools { await pool.close() }
    }

    /// Each row once, whatever keys have in common at the borders of the parts.
    private func readsPartByPart(_ tables: SharedConditions) async throws {
        var all: Set<String> = []
        for network in ["10.0.0.0/24", "10.0.1.0/24", "2001:db8::/56"] {
            for (center, node) in [("dc1", "a"), ("dc1", "b"), ("dc2", "a"), ("dc2", "c")] {
                try await tables.write([try Self.row(network, center, trip: 5)], node: node, at: Self.now)
                all.insert("\(network) \(center) \(node)")
            }
        }
        let found = Found()
        let isAll = try await tables.allConditions(clock: { Self.now }) { row, node in
            found.add("\(row.network) \(row.dataCenter) \(node)", row)
        }
        #expect(isAll)
        #expect(Set(found.rows.keys) == all)
        #expect(found.count == all.count)
    }

    /// However much is old, not more than a piece is taken out in one transaction.
    private func takesOutPieceByPiece(_ pool: DatabasePool) async throws {
        var limits = SharedConditions.Limits()
        limits.piece = 5
        let tables = SharedConditions(pool, limits)
        func left() async throws -> Int64? {
            try await pool.query("SELECT COUNT(*) AS number FROM network_conditions").first?.integer("number")
        }
        try await pool.execute("UPDATE network_conditions SET written = written - 86500 WHERE data_center = 'dc1'")
        try await pool.execute("UPDATE network_conditions SET written = written - 86600 WHERE node = 'b'")
        var counts: [Int64?] = []
        for _ in 0..<2 {
            let isDone = try await tables.cleanUp(for: .zero)
            counts.append(try await left())
            #expect(isDone == (counts.count == 2))
            // The oldest go first.
            #expect(try await pool.query("SELECT node FROM network_conditions WHERE node = 'b'").isEmpty)
        }
        #expect(counts == [7, 6])
        try await pool.execute("DELETE FROM network_conditions")
    }

    private func keepsConditions(_ tables: SharedConditions) async throws {
        let first = try Self.row("192.0.2.0/24", "dc1", trip: 20.125, age: 40)
        let second = try Self.row("2001:db8::/56", "dc1", trip: 80)
        try await tables.write([first, second], node: "one", at: Self.now)
        try await tables.write([try Self.row("192.0.2.0/24", "dc1", trip: 30)], node: "two", at: Self.now)
        var rows = try await Self.read(tables)
        #expect(rows.count == 3)
        let read = try #require(rows["192.0.2.0/24 dc1 one"])
        #expect((read.roundTrip, read.loss, read.jitter) == (first.roundTrip, first.loss, first.jitter))
        #expect(read.clients == 3)
        // The database's clock has whole seconds.
        #expect((38...43).contains((Self.now - read.newest) / .seconds(1)))
        // The same switch again.
        try await tables.write([try Self.row("192.0.2.0/24", "dc1", trip: 99)], node: "one", at: Self.now)
        rows = try await Self.read(tables)
        #expect(rows.count == 3)
        #expect(rows["192.0.2.0/24 dc1 one"]?.roundTrip.mean == 99)
    }

    private func keepsObservations(_ tables: SharedConditions) async throws {
        var watch = CenterWatch(center: "dc2", observer: "dc1/one", serial: 1 << 50)
        var last: CenterObservation?
        for status in [200, 503, nil, nil] as [Int?] {
            let asked = watch.ask(at: Self.now)
            let number = try #require(asked)
            let seen = watch.heard(status, to: number, at: Self.now)
            let observation = try #require(seen)
            try await tables.write([observation])
            last = observation
        }
        let read = try await tables.observations(lastSeconds: 60)
        #expect(read == [try #require(last)])
        #expect(read.first?.state == .silent)
        #expect(read.first?.misses == 2)
    }

    private func keepsArrivals(_ tables: SharedConditions) async throws {
        let network = try #require(IPPrefix("192.0.2.0/24"))
        let arrival = NetworkArrival(name: "acme.voice.example", network: network)
        let tooLong = NetworkArrival(name: String(repeating: "a", count: 65), network: network)
        let seen = [(arrival, Int64(2)), (tooLong, 0)].map { SeenArrival($0.0, seen: Self.now + .seconds(-$0.1)) }
        try await tables.write(seen, at: Self.now)
        try await tables.write([SeenArrival(arrival, seen: Self.now + .seconds(-1))], at: Self.now)
        let read = try await tables.arrivals(lastSeconds: 60, at: Self.now)
        #expect(read.map(\.arrival) == [arrival])
        let age = try #require(read.first.map { (Self.now - $0.seen) / .seconds(1) })
        #expect((0...5).contains(age))
    }

    private func forgetsOldRows(_ tables: SharedConditions, _ pool: DatabasePool) async throws {
        let change = "UPDATE network_conditions SET written = written - 86500 WHERE node = 'one'"
        try await pool.execute(Statement(change))
        #expect(try await Self.read(tables).count == 1)
        #expect(try await Self.read(tables, 90_000).count == 3)
        #expect(try await tables.cleanUp(for: .seconds(60)))
        #expect(try await Self.read(tables, 90_000).keys.sorted() == ["192.0.2.0/24 dc1 two"])
    }

    private func keepsNotTooMany(_ tables: SharedConditions, _ pool: DatabasePool) async throws {
        for index in 0..<6 {
            try await tables.write([try Self.row("10.\(index).0.0/24", "dc1", trip: 5)], node: "one", at: Self.now)
        }
        let written = try await pool.query("SELECT MAX(written) AS latest FROM network_conditions").first
        let latest = try #require(try written?.integer("latest"))
        // Each is a second older than the one before.
        for index in 0..<6 {
            let change =
                "UPDATE network_conditions SET written = \(Int(latest) - index) WHERE network = '10.\(index).0.0/24'"
            try await pool.execute(Statement(change))
        }
        #expect(try await tables.cleanUp(for: .seconds(60)))
        let left = try await Self.read(tables, 600).keys.sorted()
        #expect(left == ["10.0.0.0/24 dc1 one", "10.1.0.0/24 dc1 one", "10.2.0.0/24 dc1 one"])
    }
}

/// Rows as they are read, on a thread of the database.
// @unchecked: the reader is waited for before the rows are looked at.
private final class Found: @unchecked Sendable {
    private(set) var rows: [String: NetworkCondition] = [:]
    private(set) var count = 0

    func add(_ key: String, _ row: NetworkCondition) {
        rows[key] = row
        count += 1
    }
}
