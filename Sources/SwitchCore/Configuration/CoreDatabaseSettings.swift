import XMLConfig

/// What `switch.conf` says of the core database.
public struct CoreDatabaseSettings: Sendable, Hashable {
    /// Where it is: `core-db-dsn`, or the name of a file of SQLite (`core-db-name`).
    public var dsn: String
    /// Whether tables that are missing are made (`auto-create-schemas`).
    public var createsSchema = true
    /// Whether rows that an earlier run has left are taken out at the start (`auto-clear-sql`).
    public var clearsRows = true
    /// Whether the switch refuses to start without it (`core-non-sqlite-db-required`).
    public var isRequired = false

    /// A database with the usual settings.
    public init(dsn: String) {
        self.dsn = dsn
    }

    /// Reads the settings; `nil` when no database is named.
    init?(_ reader: inout ConfigurationReader) {
        let (dsn, name) = (reader.string("core-db-dsn"), reader.string("core-db-name"))
        createsSchema = reader.boolean("auto-create-schemas", default: true)
        clearsRows = reader.boolean("auto-clear-sql", default: true)
        isRequired = reader.boolean("core-non-sqlite-db-required", default: false)
        guard let named = [dsn, name].compactMap({ $0 }).first(where: { !$0.isEmpty }) else { return nil }
        self.dsn = named
    }
}
