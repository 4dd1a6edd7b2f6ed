import Base
import Database
import DatabaseBalancer
import Glibc
import Logging

/// A database that the command line of `tandem migrate` names.
struct NamedDatabase {
    /// Where it is, without its password.
    var name: String { "\(source)" }
    /// How it is reached.
    let source: DataSourceName
    private let balancers: BalancerFile

    /// Where a database of SQLite is that no path is given for; its name is the one of the default.
    private static let usual = "fusionpbx"
    /// The statements of a migration may take long.
    private static let deadline = Duration.seconds(600)
    /// How long it may take to reach a server, or the first node of a balancer.
    private static let patience = Duration.seconds(10)

    /// Reads a name.
    ///
    /// - Parameters:
    ///   - base: The directory that `db` is in.
    ///   - balancers: The file with balancers, for a name of one.
    init(_ text: String?, base: String, balancers: String?) throws {
        source = try DataSourceName(text ?? Self.usual, directory: DirectoryOptions.absolute(base) + "/db")
        self.balancers = try BalancerFile(balancers)
    }

    /// Its kind, where that is known without asking.
    private var file: String? {
        guard case .database(.sqlite(let path)) = source else { return nil }
        return path
    }

    /// Whether there is something to look at: servers, or a file that is there.
    var isThere: Bool { file.map { access($0, F_OK) == 0 } ?? true }

    /// Makes the directory of a file.
    func makeDirectory() {
        if let file { try? LocalDirectory.make(above: file) }
    }

    /// Opens it for `body`.
    func whileOpen<Result>(_ body: (any DataSource) async throws -> Result) async throws -> Result {
        var settings = PoolSettings(connections: 3)
        settings.deadline = Self.deadline
        var logger = Logger(label: "tandem") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let all = balancers.balancers(logger) { balancer in
            // What was written is read at once, by the next batch and by the report.
            (balancer.deadline, balancer.readers) = (Self.deadline, .writer)
        }
        let opened = try OpenDatabase(source, settings, balancers: all)
        do {
            // A server that is away, or a balancer without a node, says so at once, and why.
            if file == nil { _ = try await opened.source.query("SELECT 1 AS one", within: Self.patience) }
            let result = try await body(opened.source)
            await opened.close()
            await all.close()
            return result
        } catch {
            await opened.close()
            await all.close()
            throw error
        }
    }
}
