import Base
import Database
public import DatabaseBalancer
public import Logging
public import XMLConfig

/// What is configured: a tree, and tables beside it, each of which may change.
///
/// What is wrong changes nothing, and is said once.
public actor LiveConfiguration {
    /// How often the tables are read.
    ///
    /// What they say counts when two readings in a row agree: somebody may be in the middle of a change.
    private static let reading = Duration.seconds(5)
    /// After how many failures in a row the next one is told of.
    private static let failuresBetweenWarnings = 60

    private var tree: XMLNode
    /// What is in force of the tables.
    private var rows: ZoneRows?
    /// What was read last, and what was put in force, or refused.
    private var (seen, settled) = ("", "")
    private var failures = 0
    private let opened: OpenDatabase?
    private let copy: String?
    private let logger: Logger

    /// Opens the tables that a tree names (`zones-dsn`), which need not be there yet.
    ///
    /// - Parameter tree: The element `smart_dns.conf`.
    public init(_ tree: XMLNode, _ balancers: Balancers, directory: String, logger: Logger) throws {
        (self.tree, self.logger) = (tree, logger)
        var diagnostics: [Diagnostic] = []
        let settings = try SmartDNSConfiguration(xml: tree, diagnostics: &diagnostics)
        copy = settings.zonesCopy
        opened = try settings.zonesDSN.map { dsn in
            let name = try DataSourceName(dsn, directory: directory)
            return try OpenDatabase(name, PoolSettings(connections: 1), balancers: balancers) { logger.debug("\($0)") }
        }
    }

    /// Closes the connections.
    public func close() async {
        await opened?.close()
    }

    // MARK: - What is in force

    /// What to begin with: of the tables what they say, or what they said last where they cannot be read now.
    ///
    /// - Throws: What is wrong with the configuration; the database's error where nothing is known without it.
    public func begin() async throws -> SmartDNSConfiguration {
        guard let opened else { return try configuration(with: nil) }
        do {
            let read = try await ZoneTables(source: opened.source).read()
            let found = try configuration(with: read)
            (seen, settled) = (read.text, read.text)
            keep(read)
            return found
        } catch {
            logger.error("zones are not taken from the database: \(error)")
            guard let kept = kept() else {
                // What the tree says by itself may do.
                guard let alone = try? configuration(with: ZoneRows()) else { throw error }
                return alone
            }
            logger.notice("zones are those of \(copy ?? "")")
            return try configuration(with: kept)
        }
    }

    /// What there is to say about tree and tables together; nothing is kept.
    ///
    /// - Throws: What is wrong with them; the database's error where it cannot be read.
    public func check() async throws -> [Diagnostic] {
        var read: ZoneRows?
        if let opened { read = try await ZoneTables(source: opened.source).read() }
        var diagnostics: [Diagnostic] = []
        _ = try SmartDNSConfiguration(xml: tree, rows: read, diagnostics: &diagnostics)
        return diagnostics
    }

    /// Takes another tree.
    public func replace(_ tree: XMLNode, _ body: (SmartDNSConfiguration) -> Void) throws(ConfigurationError) {
        let before = self.tree
        self.tree = tree
        do throws(ConfigurationError) {
            body(try configuration(with: rows))
        } catch {
            self.tree = before
            throw error
        }
    }

    /// Looks at the tables again and again, until the task is cancelled.
    ///
    /// - Parameter body: Puts in force what they say now.
    public func follow(_ body: @Sendable (SmartDNSConfiguration) -> Void) async {
        guard opened != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.reading)
            await look(body)
        }
    }

    /// Looks at the tables once.
    func look(_ body: @Sendable (SmartDNSConfiguration) -> Void) async {
        guard let opened else { return }
        do throws(DatabaseError) {
            let read = try await ZoneTables(source: opened.source).read()
            if failures > 0 { logger.notice("zones are read from the database again") }
            failures = 0
            take(read, body)
        } catch {
            if failures % Self.failuresBetweenWarnings == 0 {
                logger.warning("zones cannot be read from the database, and stay as they were: \(error)")
            }
            failures += 1
        }
    }

    private func take(_ read: ZoneRows, _ body: (SmartDNSConfiguration) -> Void) {
        let text = read.text
        defer { seen = text }
        guard text == seen, text != settled else { return }
        settled = text
        do throws(ConfigurationError) {
            body(try configuration(with: read))
            keep(read)
        } catch {
            for diagnostic in error.diagnostics { logger.error("\(diagnostic)") }
            logger.error("zones of the database stay as they were")
        }
    }

    /// The tree with what tables say; it is in force from now on.
    private func configuration(with read: ZoneRows?) throws(ConfigurationError) -> SmartDNSConfiguration {
        var diagnostics: [Diagnostic] = []
        let found = try SmartDNSConfiguration(xml: tree, rows: read, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
        rows = read
        return found
    }

    // MARK: - The copy on the disk

    /// How long it may be, in bytes.
    private static let longestCopy = 64 << 20

    private func keep(_ read: ZoneRows) {
        guard let copy else { return }
        do throws(ConfigurationFileError) {
            try LocalFiles.replace(copy, with: Array(read.text.utf8), isDurable: true)
        } catch {
            logger.warning("cannot write \(copy): \(error)")
        }
    }

    private func kept() -> ZoneRows? {
        guard let copy else { return nil }
        do {
            return try ZoneRows(text: try LocalFiles().contents(of: copy, limit: Self.longestCopy), named: copy)
        } catch {
            logger.warning("cannot read \(copy): \(error)")
            return nil
        }
    }
}
