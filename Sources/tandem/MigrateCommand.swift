import ArgumentParser
import Base
import Database
import Glibc
import Migration
import XMLConfig
import XMLHandler

/// `tandem migrate`: FusionPBX's tables, for installations that have them and for those that do not.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Makes the tables that XML comes from, and fills them.",
        subcommands: [MigrateInitCommand.self, MigrateConfigurationCommand.self, MigrateFusionPBXCommand.self]
    )
}

/// A database that the command line names.
private struct NamedDatabase {
    /// Where it is, without its password.
    let name: String
    /// How it is reached.
    let dsn: DatabaseDSN

    /// Where a database of SQLite is that no path is given for; its name is the one of the default.
    static let usual = "fusionpbx"

    init(_ text: String?, base: String) throws {
        let directory = DirectoryOptions.absolute(base) + "/db"
        dsn = try DatabaseDSN(text ?? Self.usual, directory: directory)
        name = "\(dsn)"
    }

    /// Whether there is something to look at: a server, or a file that is there.
    var isThere: Bool {
        guard case .sqlite(let path) = dsn else { return true }
        return access(path, F_OK) == 0
    }

    /// Makes the directory of a file.
    func makeDirectory() {
        guard case .sqlite(let path) = dsn else { return }
        try? LocalDirectory.make(above: path)
    }

    /// The statements of a migration may take long, and there are few at once.
    func pool() -> DatabasePool {
        var settings = PoolSettings(connections: 3)
        settings.deadline = .seconds(600)
        return DatabasePool(dsn, settings)
    }
}

/// `tandem migrate init`.
struct MigrateInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes the tables that the XML handler reads.",
        discussion: """
            They have FusionPBX's names and columns. What was done is recorded (tandem_migrations), so that it is done \
            once, however often the command is given.
            """
    )

    @Argument(help: "The database: sqlite://…, pgsql://… or mariadb://…; the file db/fusionpbx.db by default.")
    var dsn: String?

    @Option(help: "The directory that db is in.")
    var base = "var"

    @Flag(help: "Also in a database with tables that are FusionPBX's own: those that it lacks are made.")
    var addMissing = false

    func run() async throws {
        let database = try NamedDatabase(dsn, base: base)
        database.makeDirectory()
        let pool = database.pool()
        let result = try await pool.whileOpen { try await SchemaSetup(pool).run(changesOthers: addMissing) }
        print("\(database.name): " + (result.applied.isEmpty ? "nothing to do" : "done"))
        for step in result.applied { print("  \(step)") }
    }
}

/// `tandem migrate import-conf`.
struct MigrateConfigurationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-conf",
        abstract:
            "Brings a configuration tree into the tables: directory, dialplan, SIP profiles, access lists, music.",
        discussion: """
            The tables are made where they are missing. Given again, the tree takes the place of what it was before; rows \
            that others have made are left alone. In the end it says what will not be the same.
            """
    )

    @Argument(help: "The directory that freeswitch.xml is in.")
    var directory: String

    @Argument(help: "The database: sqlite://…, pgsql://… or mariadb://…; the file db/fusionpbx.db by default.")
    var dsn: String?

    @Option(help: "The directory that db is in.")
    var base = "var"

    @Flag(help: "Says what would be done, and changes nothing.")
    var dryRun = false

    func run() async throws {
        let root = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        let loaded = try ConfigurationTree.load(root, isOfThisMachine: true)
        for diagnostic in loaded.diagnostics where diagnostic.severity > .note { print(diagnostic) }
        let tree = ConfigurationImport(loaded.root)
        if !dryRun {
            let database = try NamedDatabase(dsn, base: base)
            database.makeDirectory()
            let pool = database.pool()
            try await pool.whileOpen { try await tree.write(to: pool) }
        }
        for (table, rows) in tree.counts { print("\(table): \(rows) rows") }
        for note in tree.notes { print(note) }
    }
}

/// `tandem migrate import-fusionpbx`.
struct MigrateFusionPBXCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-fusionpbx",
        abstract: "Copies FusionPBX's database into another one, of any kind.",
        discussion: """
            A copy that was cut off goes on where it was when the command is given again. In the end it says what will \
            not work the same here. The source is only read; nobody should write it meanwhile.
            """
    )

    @Argument(help: "FusionPBX's database: pgsql://…, mariadb://… or sqlite://….")
    var source: String

    @Argument(help: "An empty database, or one of tandem migrate init; the file db/fusionpbx.db by default.")
    var target: String?

    @Option(help: "The directory that db is in.")
    var base = "var"

    @Flag(help: "Says what would be done, and changes nothing.")
    var dryRun = false

    @Option(help: "How many rows are copied at once.")
    var batch = CopySettings().batchRows

    func run() async throws {
        let from = try NamedDatabase(source, base: base)
        let to = try NamedDatabase(target, base: base)
        guard from.isThere else { throw ValidationError("there is no \(from.name)") }
        guard from.dsn != to.dsn else { throw ValidationError("source and target are the same database") }
        let (reader, writer) = (from.pool(), dryRun && !to.isThere ? nil : to.pool())
        if !dryRun { to.makeDirectory() }
        var settings = CopySettings()
        settings.batchRows = max(batch, 1)
        let copy = DatabaseCopy(from: reader, named: from.name, to: writer, to.dsn.dialect, settings)
        try await reader.whileOpen {
            try await Self.use(writer) {
                let result = dryRun ? try await copy.rehearse() : try await Self.run(copy)
                let options = HandlerOptions(hostName: LocalAddresses.hostName()) { "0" }
                let check = FeatureCheck(dryRun ? reader : writer ?? reader, known: KnownHere.names, options: options)
                let notes = result.notes + (try await check.run())
                print(MigrationReport(result, notes: notes, isRehearsal: dryRun).text, terminator: "")
            }
        }
    }

    private static func use(_ pool: DatabasePool?, _ body: () async throws -> Void) async throws {
        guard let pool else { return try await body() }
        try await pool.whileOpen(body)
    }

    private static func run(_ copy: DatabaseCopy) async throws -> DatabaseCopy.Result {
        let display = ProgressDisplay()
        defer { display.end() }
        return try await copy.run { display.show($0) }
    }
}

extension DatabasePool {
    /// Closes the connections when `body` is done.
    fileprivate func whileOpen<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }
}
