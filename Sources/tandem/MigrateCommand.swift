import ArgumentParser
import Database
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

    @Argument(
        help: "The database: sqlite://…, pgsql://…, mariadb://… or balancer://…; the file db/fusionpbx.db by default."
    )
    var dsn: String?

    @Option(help: "The directory that db is in.")
    var base = "var"

    @Option(help: "A file with balancers (balancer.conf.xml), for a database that is called balancer://<name>.")
    var balancerConf: String?

    @Flag(help: "Also in a database with tables that are FusionPBX's own: those that it lacks are made.")
    var addMissing = false

    func run() async throws {
        let database = try NamedDatabase(dsn, base: base, balancers: balancerConf)
        database.makeDirectory()
        let result = try await database.whileOpen { try await SchemaSetup($0).run(changesOthers: addMissing) }
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

    @Argument(
        help: "The database: sqlite://…, pgsql://…, mariadb://… or balancer://…; the file db/fusionpbx.db by default."
    )
    var dsn: String?

    @Option(help: "The directory that db is in.")
    var base = "var"

    @Option(help: "A file with balancers (balancer.conf.xml), for a database that is called balancer://<name>.")
    var balancerConf: String?

    @Flag(help: "Says what would be done, and changes nothing.")
    var dryRun = false

    func run() async throws {
        let root = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        let loaded = try ConfigurationTree.load(root, isOfThisMachine: true)
        for diagnostic in loaded.diagnostics where diagnostic.severity > .note { print(diagnostic) }
        let tree = ConfigurationImport(loaded.root)
        if !dryRun {
            let database = try NamedDatabase(dsn, base: base, balancers: balancerConf)
            database.makeDirectory()
            try await database.whileOpen { try await tree.write(to: $0) }
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

    @Option(help: "A file with balancers (balancer.conf.xml), for a database that is called balancer://<name>.")
    var balancerConf: String?

    @Flag(help: "Says what would be done, and changes nothing.")
    var dryRun = false

    @Option(help: "How many rows are copied at once.")
    var batch = CopySettings().batchRows

    func run() async throws {
        let from = try NamedDatabase(source, base: base, balancers: balancerConf)
        let to = try NamedDatabase(target, base: base, balancers: balancerConf)
        guard from.isThere else { throw ValidationError("there is no \(from.name)") }
        guard from.source != to.source else { throw ValidationError("source and target are the same database") }
        try await from.whileOpen { reader in
            // A rehearsal does not even make the file.
            guard !dryRun || to.isThere else { return try await copy(from: reader, from.name, to: nil) }
            if !dryRun { to.makeDirectory() }
            try await to.whileOpen { try await copy(from: reader, from.name, to: $0) }
        }
    }

    private func copy(from reader: any DataSource, _ name: String, to writer: (any DataSource)?) async throws {
        var settings = CopySettings()
        settings.batchRows = max(batch, 1)
        let copy = DatabaseCopy(from: reader, named: name, to: writer, writer?.dialect ?? .sqlite, settings)
        let result = dryRun ? try await copy.rehearse() : try await Self.run(copy)
        let options = HandlerOptions(hostName: LocalAddresses.hostName()) { "0" }
        let check = FeatureCheck(dryRun ? reader : writer ?? reader, known: KnownHere.names, options: options)
        let notes = result.notes + (try await check.run())
        print(MigrationReport(result, notes: notes, isRehearsal: dryRun).text, terminator: "")
    }

    private static func run(_ copy: DatabaseCopy) async throws -> DatabaseCopy.Result {
        let display = ProgressDisplay()
        defer { display.end() }
        return try await copy.run { display.show($0) }
    }
}
