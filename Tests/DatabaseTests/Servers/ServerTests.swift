import TandemTesting
import Testing

import struct Database.DatabaseError
import class Database.DatabasePool
import struct Database.PoolSettings
import enum Database.SQLValue
import struct Database.Statement

/// What PostgreSQL and MariaDB do behind the interface.
@Suite(.enabled(if: DatabaseServer.areThere))
struct ServerTests {
    private static let text = String(repeating: "long and ünicode, it's \"quoted\"; ", count: 100)

    /// Values are the same when they come back.
    @Test(arguments: DatabaseServer.allCases)
    func values(server: DatabaseServer) async throws {
        let pool = try server.pool()
        let types = server.choose(
            postgreSQL: "i BIGINT, r DOUBLE PRECISION, t TEXT, b BYTEA, o BOOLEAN, d NUMERIC(20, 4)",
            mariaDB: "i BIGINT, r DOUBLE, t MEDIUMTEXT, b MEDIUMBLOB, o BOOLEAN, d DECIMAL(20, 4)"
        )
        let table = try await Table(server, pool, columns: types)
        let bytes = (0..<1000).map { UInt8($0 % 256) }
        let rows: [[SQLValue]] = [
            [
                .integer(.min), .real(0.1), .text(Self.text), .bytes(bytes), .boolean(true),
                .text("1234567890123456.7890"),
            ],
            [.integer(.max), .real(-1.5e300), .text(""), .bytes([]), .boolean(false), .text("0.0000")],
            [.null, .null, .null, .null, .null, .null],
        ]
        for row in rows {
            let execution = try await pool.execute(Statement("INSERT INTO \(table) VALUES (?, ?, ?, ?, ?, ?)", row))
            #expect(execution.changes == 1)
        }
        let read = try await pool.query("SELECT * FROM \(table)")
        let truths = server.choose(
            postgreSQL: [SQLValue.boolean(true), .boolean(false)],
            mariaDB: [.integer(1), .integer(0)]
        )
        var expected = rows
        for (index, truth) in truths.enumerated() { expected[index][4] = truth }
        #expect(Set(read.map { $0.values }) == Set(expected))
        #expect(read.first?.columns == ["i", "r", "t", "b", "o", "d"])
        let changes = try await pool.execute(Statement("UPDATE \(table) SET t = ? WHERE t IS NOT NULL", [.text("")]))
        #expect(changes.changes == 2, "what is found counts, whether it was that already or not")
        try await table.drop()
    }

    /// What is wrong with a statement is told, and the connection goes on.
    @Test(arguments: DatabaseServer.allCases)
    func failures(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let table = try await Table(server, pool, columns: "k INT PRIMARY KEY, v VARCHAR(3) NOT NULL")
        let insertion = Statement("INSERT INTO \(table) VALUES (?, ?)", [.integer(1), .text("one")])
        try await pool.execute(insertion)
        let failing: [(Statement, DatabaseError.Kind, String)] = [
            (insertion, .uniqueViolation, server.choose(postgreSQL: "23505", mariaDB: "23000")),
            ("SELECT nothing FROM \(table)", .statement, server.choose(postgreSQL: "42703", mariaDB: "42S22")),
            ("SELECT 1 FROM nowhere", .statement, server.choose(postgreSQL: "42P01", mariaDB: "42S02")),
            ("SELEKT 1", .statement, server.choose(postgreSQL: "42601", mariaDB: "42000")),
            (
                "INSERT INTO \(table) VALUES (2, NULL)", .constraint,
                server.choose(postgreSQL: "23502", mariaDB: "23000")
            ),
            ("INSERT INTO \(table) VALUES (2, 'four')", .value, server.choose(postgreSQL: "22001", mariaDB: "22001")),
        ]
        for (statement, kind, state) in failing {
            let error = await #expect(throws: DatabaseError.self) { try await pool.execute(statement) }
            #expect(error?.kind == kind, "\(statement.sql): \(error?.description ?? "")")
            #expect(error?.sqlState == state)
            #expect(error?.mayHaveExecuted == false && error?.isConnectionLost == false)
        }
        #expect(try await pool.query("SELECT v FROM \(table)").first?["v"] == .text("one"))
        #expect(pool.status.opened == 1)
        try await table.drop()
    }

    /// What rows hold is not for the log, which shows what went wrong.
    @Test(arguments: DatabaseServer.allCases)
    func failuresShowNoValues(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let table = try await Table(server, pool, columns: "k VARCHAR(20) PRIMARY KEY, n INT, d DATE")
        let secret = "it's 'for' me"
        let insertion = Statement("INSERT INTO \(table) (k) VALUES (?)", [.text(secret)])
        try await pool.execute(insertion)
        let failing = [
            insertion,
            Statement("INSERT INTO \(table) (k, n) VALUES ('a', ?)", [.text(secret)]),
            Statement("INSERT INTO \(table) (k, d) VALUES ('b', ?)", [.text(secret)]),
        ]
        for statement in failing {
            let error = try #require(
                await #expect(throws: DatabaseError.self) { try await pool.execute(statement) }
            )
            #expect([.uniqueViolation, .value].contains(error.kind))
            #expect(!error.description.isEmpty && !error.description.contains("me"), "\(error)")
        }
        try await table.drop()
    }

    /// A row that is bigger than all rows may be is not kept.
    @Test(arguments: DatabaseServer.allCases)
    func aRowThatIsTooBig(server: DatabaseServer) async throws {
        var settings = PoolSettings(connections: 1)
        settings.rowBytes = 1 << 20
        let pool = try server.pool(settings)
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.query("SELECT REPEAT('x', 8000000) AS x")
        }
        #expect(error?.kind == .limit, "\(String(describing: error))")
        #expect(try await pool.query("SELECT 1 AS one").count == 1)
        await pool.close()
    }

    /// Who is not let in is told so, and no password is shown.
    @Test(arguments: DatabaseServer.allCases)
    func refusals(server: DatabaseServer) async throws {
        let dsn = try server.dsn()
        let refused: [(String, DatabaseError.Kind)] = server.choose(
            postgreSQL: [
                (dsn + " password=secret-word", .refused), (dsn + " user=stranger", .refused),
                (dsn + " dbname=nowhere", .dataSource), (dsn + " port=1", .unavailable),
                (dsn + " sslmode=verify-full", .unavailable),
            ],
            mariaDB: [
                (Self.replacing("Pwd=", in: dsn, by: "secret-word"), .refused),
                (Self.replacing("Uid=", in: dsn, by: "stranger"), .refused),
                (Self.replacing("Database=", in: dsn, by: "nowhere"), .refused),
                (Self.replacing("Port=", in: dsn, by: "1"), .unavailable),
                (dsn + "SSLVerify=1", .unavailable),
            ]
        )
        for (dsn, kind) in refused {
            let pool = try DatabaseServer.pool(dsn)
            let error = await #expect(throws: DatabaseError.self) { try await pool.query("SELECT 1") }
            #expect(error?.kind == kind, "\(error?.description ?? "")")
            #expect(error?.mayHaveExecuted == false)
            #expect(
                error?.description.contains("pass;word") == false && error?.description.contains("secret-word") == false
            )
            await pool.close()
        }
    }

    /// An attribute of MariaDB's with another value; none of these is in braces but the password, which is the last.
    private static func replacing(_ name: String, in dsn: String, by value: String) -> String {
        dsn.split(separator: ";", omittingEmptySubsequences: true).reduce(into: (text: "", skips: false)) {
            result,
            part in
            if part.hasPrefix(name) || part.hasPrefix("mariadb://\(name)") {
                result.text += "\(name)\(value);"
                result.skips = true
            } else if !result.skips || part.contains("=") {
                result.text += "\(part);"
                result.skips = false
            }
        }.text
    }

    /// Connections are encrypted when it is asked for, to the server that was meant.
    @Test(arguments: DatabaseServer.allCases)
    func encryption(server: DatabaseServer) async throws {
        let certificate = try #require(DatabaseServer.environment("CERTIFICATE"))
        let dsn = try server.dsn()
        let verified = server.choose(
            postgreSQL: dsn.replacing("host=127.0.0.1", with: "host=localhost hostaddr=127.0.0.1")
                + " sslmode=verify-full sslrootcert='\(certificate)'",
            mariaDB: dsn.replacing("127.0.0.1", with: "localhost") + "SSLCA=\(certificate)"
        )
        let pool = try DatabaseServer.pool(verified)
        let rows = try await pool.query(
            server.choose(
                postgreSQL: "SELECT version AS \"Value\" FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl",
                mariaDB: "SHOW SESSION STATUS LIKE 'Ssl_version'"
            )
        )
        #expect(try rows.first?.text("Value")?.hasPrefix("TLSv1") == true)
        await pool.close()
    }

    /// Rows come while there are more: a result that has no end can be read from.
    @Test(arguments: DatabaseServer.allCases)
    func streams(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
        let endless = Statement(
            "SELECT REPEAT(?, 1000) AS t FROM "
                + (0..<14).map { "\(digits) AS x\($0)" }.joined(separator: " CROSS JOIN "),
            [.text("x")]
        )
        let count = Counter()
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.forEachRow(of: endless) { (row) throws(DatabaseError) in
                let length = try row.text("t")?.utf8.count
                if count.increment() == 10_000 { throw DatabaseError(.row, "enough: \(length ?? 0)") }
            }
        }
        #expect(error?.description == "enough: 1000")
        let tooMany = await #expect(throws: DatabaseError.self) { try await pool.query(endless) }
        #expect(tooMany?.kind == .limit)
        #expect(try await pool.query("SELECT 1 AS one").first?.integer("one") == 1)
    }

    /// The connection keeps few statements, and forgets those that it has not used for longest.
    @Test(arguments: DatabaseServer.allCases)
    func preparedStatements(server: DatabaseServer) async throws {
        var settings = PoolSettings(connections: 1)
        settings.preparedStatements = 3
        let pool = try server.pool(settings)
        for number in 0..<10 {
            let rows = try await pool.query(Statement("SELECT ? AS v, \(number) AS n", [.text("x")]))
            #expect(rows.first?["v"] == .text("x"))
        }
        let count = try await pool.query(
            server.choose(
                postgreSQL: "SELECT COUNT(*) AS \"Value\" FROM pg_prepared_statements",
                // The one that asks is prepared too, and an older one closed for it only when it has been used.
                mariaDB:
                    """
                    SELECT CAST(SUM(IF(VARIABLE_NAME = 'COM_STMT_PREPARE', VARIABLE_VALUE, -VARIABLE_VALUE)) AS INT)
                    - 1 AS Value FROM information_schema.SESSION_STATUS
                    WHERE VARIABLE_NAME IN ('COM_STMT_PREPARE', 'COM_STMT_CLOSE')
                    """
            )
        )
        #expect(try count.first?.integer("Value") == 3)
        settings.preparedStatements = 0
        let forgetful = try server.pool(settings)
        for _ in 0..<2 {
            #expect(try await forgetful.query(Statement("SELECT ? AS v", [.text("x")])).first?["v"] == .text("x"))
        }
    }

    /// A statement is prepared again when what it reads has changed; MariaDB's library notices it too late for that once.
    @Test(arguments: DatabaseServer.allCases)
    func changedTables(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let table = try await Table(server, pool, columns: "k INT")
        try await pool.execute("INSERT INTO \(table) VALUES (1)")
        let reading = Statement("SELECT * FROM \(table) WHERE k = ?", [.integer(1)])
        #expect(try await pool.query(reading).first?.columns == ["k"])
        try await pool.execute("ALTER TABLE \(table) ADD COLUMN v VARCHAR(9)")
        if server == .mariaDB {
            let error = await #expect(throws: DatabaseError.self) { try await pool.query(reading) }
            #expect(error?.code == 2057 && error?.mayHaveExecuted == true)
        }
        #expect(try await pool.query(reading).first?.columns == ["k", "v"])
        try await table.drop()
    }

    @Test func whatOnlyOneOfThemRefuses() async throws {
        let postgreSQL = try DatabaseServer.postgreSQL.pool()
        let text = await #expect(throws: DatabaseError.self) {
            try await postgreSQL.query(Statement("SELECT ? AS v", [.text("a\0b")]))
        }
        #expect(text?.kind == .value)
        let mariaDB = try DatabaseServer.mariaDB.pool()
        let missing = await #expect(throws: DatabaseError.self) { try await mariaDB.query("SELECT ? AS v") }
        #expect(missing?.kind == .statement)
    }

    @Test func notices() async throws {
        let seen = Texts()
        let pool = try DatabaseServer.pool(try DatabaseServer.postgreSQL.dsn()) { seen.append($0) }
        try await pool.execute("DROP TABLE IF EXISTS never_was_there")
        #expect(seen.all == ["NOTICE: table \"never_was_there\" does not exist, skipping"])
        await pool.close()
    }
}
