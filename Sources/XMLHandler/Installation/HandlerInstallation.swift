import Database
public import DatabaseBalancer
import Glibc
import XMLConfig

/// An installation of FusionPBX, as a configuration names it: its database, and the options of its file.
public struct HandlerInstallation: Hashable, Sendable {
    /// The database with its tables.
    public let database: DataSourceName
    /// The database with the switches' registrations, where calls go to other switches (`xml_handler.fs_path`).
    public let coreDatabase: DataSourceName?
    /// Why registrations cannot be looked at, where they are to be.
    private let coreFault: String?
    private let settings: FusionPBXSettings

    /// Why an installation cannot be used; no password is in it.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// Reads the file of an installation.
    ///
    /// - Parameters:
    ///   - file: FusionPBX's `config.conf`; `nil` for where its installer puts it, where it need not be.
    ///   - dataSource: The database in the place of the one that the file names.
    ///   - coreDataSource: The same for the switches' core database.
    ///   - directory: Where the databases are that are named without a path.
    public init(
        file: String?,
        dataSource: String?,
        coreDataSource: String? = nil,
        directory: String
    ) throws(Fault) {
        let path = file ?? FusionPBXSettings.usualPath
        var text = ""
        do throws(ConfigurationFileError) {
            let bytes = try LocalFiles().contents(of: path, limit: FusionPBXSettings.lengthLimit)
            text = String(decoding: bytes, as: UTF8.self)
        } catch {
            // With a database that is named elsewhere, its options are what is usual.
            if file != nil || dataSource == nil || access(path, F_OK) == 0 {
                throw Fault(description: "cannot read \(path): \(error)")
            }
        }
        settings = FusionPBXSettings(text)
        guard let name = dataSource ?? settings.dataSource else {
            throw Fault(description: "\(path) names no database: expected database.0.type and what belongs to it")
        }
        do throws(DatabaseError) {
            database = try DataSourceName(name, directory: directory)
        } catch {
            throw Fault(description: "the database of the XML handler: \(error)")
        }
        guard settings.callsOtherSwitches else {
            (coreDatabase, coreFault) = (nil, nil)
            return
        }
        guard let core = coreDataSource ?? settings.coreDataSource else {
            (coreDatabase, coreFault) = (nil, "neither database.1 nor core-dsn says where registrations are")
            return
        }
        do throws(DatabaseError) {
            (coreDatabase, coreFault) = (try DataSourceName(core, directory: directory), nil)
        } catch {
            (coreDatabase, coreFault) = (nil, "the core database: \(error)")
        }
    }

    /// How many calls may look at once where somebody is registered.
    private static let coreConnections = 4

    /// Opens the database with the switches' registrations; `nil` where nobody is to look there, or it cannot be used.
    ///
    /// - Parameter tell: Is told why it cannot; documents do without it.
    public func openCore(balancers: Balancers, tell: (String) -> Void) -> OpenDatabase? {
        guard let coreDatabase else { return nil }
        do throws(DatabaseError) {
            let limits = PoolSettings(connections: Self.coreConnections)
            return try OpenDatabase(coreDatabase, limits, balancers: balancers)
        } catch {
            tell(Self.warning("the core database: \(error)"))
            return nil
        }
    }

    private static func warning(_ reason: String) -> String { "xml_handler.fs_path has no effect: \(reason)" }

    /// What the file asks for that cannot be done.
    public var withoutEffect: [String] {
        coreFault.map { [Self.warning($0)] } ?? []
    }

    /// Puts what the file says into options.
    public func apply(to options: inout HandlerOptions) {
        settings.apply(to: &options)
    }
}
