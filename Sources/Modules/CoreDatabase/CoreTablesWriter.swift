import Database
import SwitchCore
import Synchronization

/// Writes what changed into the database, one piece of it after the other.
final class CoreTablesWriter: Sendable {
    /// How many rows are written in one transaction at most, so that a database that others share is not held for long.
    static let batchLimit = 500

    private let database: any DataSource
    private let softswitch: Switch
    private let settings: CoreDatabaseSettings
    private let schema: CoreSchema
    /// What the small tables hold in the database, so that only what differs is written.
    private let written = Mutex<[TableChanges.SmallTable: Set<[String]>]>([:])

    init(_ database: any DataSource, _ softswitch: Switch, _ settings: CoreDatabaseSettings) {
        (self.database, self.softswitch, self.settings) = (database, softswitch, settings)
        schema = CoreSchema(database.dialect)
    }

    /// Makes the tables and takes out what an earlier run of this machine has left in them.
    func prepare() async throws(DatabaseError) {
        if settings.createsSchema { try await database.execute(schema.creation) }
        if settings.clearsRows { try await clear() }
    }

    /// Takes out all rows of this machine.
    func clear(within deadline: Duration? = nil) async throws(DatabaseError) {
        written.withLock { $0 = [:] }
        try await database.execute(CoreSchema.clearing(host: softswitch.hostName), within: deadline)
    }

    /// Writes what changed; when it fails, everything has to be written anew.
    func write(_ snapshot: CoreSnapshot) async throws(DatabaseError) {
        let host = softswitch.hostName
        var rows: [[Statement]] = []
        if snapshot.isEverything {
            written.withLock { $0 = [:] }
            rows.append(CoreSchema.clearing(host: host))
        }
        for (id, row) in snapshot.channels { rows.append(Self.statements(channel: id, row, host: host)) }
        for (registrant, listings) in snapshot.registrations {
            rows.append(registrant.map { [Self.removal(of: $0, host: host)] } ?? [])
            rows += listings.map { [CoreSchema.registrations.insertion(of: $0)] }
        }
        for table in snapshot.tables { rows += difference(in: table) }
        var rest = rows[...]
        while !rest.isEmpty {
            try await database.execute(rest.prefix(Self.batchLimit).flatMap { $0 })
            rest = rest.dropFirst(Self.batchLimit)
        }
    }

    private static func statements(channel id: String, _ row: ChannelRow?, host: String) -> [Statement] {
        var statements = [CoreSchema.channels.removal(key: [id, host]), CoreSchema.calls.removal(key: [id, host])]
        guard let row else { return statements }
        statements.append(CoreSchema.channels.insertion(of: ChannelRow.columns.map { row[$0] }))
        if row.isCaller, let partner = row.partner {
            let created = Clock.text("%Y-%m-%d %T", seconds: row.bridged)
            statements.append(
                CoreSchema.calls.insertion(of: [row["call_uuid"], created, String(row.bridged), id, partner, host])
            )
        }
        return statements
    }

    /// Takes out what a profile keeps of a user: the same user may be registered with another one too.
    private static func removal(of registrant: TableChanges.Registrant, host: String) -> Statement {
        var statement = CoreSchema.registrations.removal(key: [registrant.user, registrant.realm, host])
        statement.sql += " AND SUBSTR(url, 1, ?) = ?"
        let prefix = registrant.dialPrefix
        statement.values += [.integer(Int64(prefix.unicodeScalars.count)), .text(prefix)]
        return statement
    }

    private func difference(in small: TableChanges.SmallTable) -> [[Statement]] {
        let (table, now) = content(of: small)
        let rows = Set(now)
        let old = written.withLock { written in
            defer { written[small] = rows }
            return written[small] ?? []
        }
        return old.subtracting(rows).map { [table.removal(of: $0)] }
            + rows.subtracting(old).map { [table.insertion(of: $0)] }
    }

    private func content(of small: TableChanges.SmallTable) -> (table: MachineTable, rows: [[String]]) {
        switch small {
        case .aliases: (CoreSchema.aliases, softswitch.aliasTable.rows)
        case .complete: (CoreSchema.complete, softswitch.completionTable.rows)
        case .interfaces: (CoreSchema.interfaces, softswitch.interfaceTable.rows)
        case .tasks: (CoreSchema.tasks, softswitch.taskTable.rows)
        }
    }
}
