public import Database
public import DatabaseBalancer
import Glibc
import XMLConfig

/// An installation of FusionPBX, as a configuration names it: its database, and the options of its file.
public struct HandlerInstallation: Hashable, Sendable {
    /// The database with its tables.
    public let database: DataSourceName
    /// The database with the switches' registrations, where calls go to other switches (`xml_handler.fs_path`).
    public let coreDatabase: DataSourceName?
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
        guard settings.callsOtherSwitches, let core = coreDataSource ?? settings.coreDataSource else {
            coreDatabase = nil
            return
        }
        do throws(DatabaseError) {
            coreDatabase = try DataSourceName(core, directory: directory)
        } catch {
            throw Fault(description: "the core database of xml_handler.fs_path: \(error)")
        }
    }

    /// How many calls may look at once where somebody is registered.
    private static let coreConnections = 4

    /// Opens the database with the switches' registrations; `nil` where nobody is to look there.
    public func openCore(balancers: Balancers) throws(DatabaseError) -> OpenDatabase? {
        guard let coreDatabase else { return nil }
        return try OpenDatabase(coreDatabase, PoolSettings(connections: Self.coreConnections), balancers: balancers)
    }

    /// What the file asks for that cannot be done.
    public var withoutEffect: [String] {
        guard settings.callsOtherSwitches, coreDatabase == nil else { return [] }
        return ["xml_handler.fs_path has no effect: neither database.1 nor core-dsn says where registrations are"]
    }

    /// Puts what the file says into options.
    public func apply(to options: inout HandlerOptions) {
        settings.apply(to: &options)
    }
}
