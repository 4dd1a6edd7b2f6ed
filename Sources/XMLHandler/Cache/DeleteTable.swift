import Base
public import Cache
public import Database
public import Logging
import Synchronization

/// The table `tandem_cache_deletes`: by it those who ask the same database tell each other what is to be forgotten.
///
/// Rows have no numbers, whose order would not be that in which they come to be seen: each has a name of its own, and the
/// time by the clock of the database's machine.
public final class DeleteTable: ForgetTable {
    /// The table.
    static let name = "tandem_cache_deletes"

    /// What is done with the table.
    enum Use: String, CaseIterable, Sendable {
        /// Others are told what is forgotten here.
        case told
        /// Others are heard.
        case heard
        /// What is old is taken out.
        case tidied

        fileprivate var failure: String {
            switch self {
            case .told: "other nodes are not told by the table \(DeleteTable.name) what is to be forgotten"
            case .heard: "what other nodes say in the table \(DeleteTable.name) is not heard"
            case .tidied: "old rows stay in the table \(DeleteTable.name)"
            }
        }

        fileprivate var recovery: String {
            switch self {
            case .told: "other nodes are told again by the table \(DeleteTable.name)"
            case .heard: "what other nodes say in the table \(DeleteTable.name) is heard again"
            case .tidied: "old rows are taken out of the table \(DeleteTable.name) again"
            }
        }
    }

    private struct State {
        /// Why something fails, as was told.
        var faults: [Use: DatabaseError.Kind] = [:]
        /// What has gone well, and has not failed since.
        var working: Set<Use> = []
        /// Why the table could not be made, and when.
        var refusal: (fault: DatabaseError, instant: MonotonicInstant)?
    }

    /// How long a statement may take, and a reading as a whole.
    private static let patience = Duration.seconds(5)
    /// How many rows are read at a time, and how many times.
    private static let (page, pages) = (1000, 20)
    /// How many rows are taken out at a time: a cluster has to agree on what is in one transaction.
    private static let piece = 1000
    /// How long it is not tried to make the table by whoever may not.
    private static let creationPause = Duration.seconds(300)

    private let source: any DataSource
    private let logger: Logger
    private let state = Mutex(State())

    /// The table in a database; it is made where it is missing.
    public init(_ source: any DataSource, _ logger: Logger) {
        (self.source, self.logger) = (source, logger)
    }

    /// Whether something that is done with it has gone well the last time.
    func works(_ use: Use) -> Bool { state.withLock { $0.working.contains(use) } }

    // MARK: - As others use it

    /// Puts entries in, with the database's time.
    public func put(_ entries: [ForgetEntry]) async throws(ForgetTableFault) {
        guard !entries.isEmpty else { return }
        // In one statement, however far away the database is.
        let row = "(?, \(source.dialect.epochMilliseconds), ?)"
        let rows = Array(repeating: row, count: entries.count).joined(separator: ", ")
        var statement = Statement("INSERT INTO \(Self.name) (id, noted, entry) VALUES \(rows)")
        var generator = SystemRandomNumberGenerator()
        for entry in entries {
            // Each attempt has rows of its own: the time of one that was committed late, and not known to be, is too early.
            let id = RandomToken.hex(bytes: 16, using: &generator)
            statement.values += [.text(id), .text(String(decoding: entry.bytes, as: UTF8.self))]
        }
        let insertion = statement
        try await noting(.told) { () async throws(DatabaseError) in
            _ = try await source.execute(insertion, within: Self.patience)
        }
    }

    /// What was put in lately.
    public func read(
        ofLast time: Duration,
        orSince moment: Int64?
    ) async throws(ForgetTableFault) -> ForgetTableReading {
        try await noting(.heard) { () async throws(DatabaseError) -> ForgetTableReading in
            var reading = ForgetTableReading(now: 0)
            let end = MonotonicInstant.now + Self.patience
            var last: (noted: Int64, id: String)?
            for _ in 0..<Self.pages {
                var statement = Statement(Self.reading(source.dialect, isFirst: last == nil))
                statement.values = [.integer(time.wholeMilliseconds), .integer(moment ?? .max)]
                if let last { statement.values += [.integer(last.noted), .integer(last.noted), .text(last.id)] }
                let query = statement
                let rows = try await source.query(query, within: max(end - .now, .milliseconds(1)))
                for row in rows {
                    if let now = row["now_ms"]?.integer { reading.now = max(reading.now, now) }
                    // Where there is nothing, there is the time alone.
                    guard let id = row["id"]?.text, let noted = row["noted"]?.integer else { continue }
                    let bytes = row["entry"]?.bytes ?? []
                    reading.rows.append(.init(name: id, entry: ForgetEntry(bytes, orElse: id)))
                    last = (noted, id)
                }
                guard rows.count >= Self.page else { return reading }
            }
            reading.isAll = false
            return reading
        }
    }

    /// Takes out what is older.
    public func remove(olderThan time: Duration) async throws(ForgetTableFault) {
        let dialect = source.dialect
        let sql = dialect.deletion(
            from: Self.name,
            where: "noted < \(dialect.epochMilliseconds) - ?",
            firstBy: "noted",
            count: Self.piece
        )
        let statement = Statement(sql, [.integer(time.wholeMilliseconds)])
        try await noting(.tidied) { () async throws(DatabaseError) in
            _ = try await source.execute(statement, within: Self.patience)
        }
    }

    // MARK: - Statements

    /// The database's time, and the latest rows of the last so many milliseconds or since a time; after the first page
    /// those that come before another one.
    ///
    /// What bounds them is one range of the index, for planners that know nothing of the table yet, too.
    static func reading(_ dialect: SQLDialect, isFirst: Bool) -> String {
        """
        SELECT n.now_ms AS now_ms, t.id AS id, t.noted AS noted, t.entry AS entry \
        FROM (SELECT \(dialect.epochMilliseconds) AS now_ms) n LEFT JOIN \(name) t \
        ON t.noted >= \(dialect.least("n.now_ms - ?", "?"))\
        \(isFirst ? "" : " AND t.noted <= ? AND (t.noted < ? OR t.id < ?)") \
        ORDER BY t.noted DESC, t.id DESC \(dialect.limit(page))
        """
    }

    /// What makes the table, for whoever may.
    static func creation(_ dialect: SQLDialect) -> [Statement] {
        let columns = "id VARCHAR(64) NOT NULL PRIMARY KEY, noted BIGINT NOT NULL, entry \(dialect.textType) NOT NULL"
        return [
            Statement("CREATE TABLE IF NOT EXISTS \(name) (\(columns))\(dialect.tableOptions)"),
            Statement("CREATE INDEX IF NOT EXISTS \(name)_noted ON \(name) (noted)"),
        ]
    }

    /// Does something with the table, and makes it where it is missing.
    private func withTable<Result>(
        _ work: () async throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        do throws(DatabaseError) {
            return try await work()
        } catch {
            guard error.isMissingTable else { throw error }
        }
        let refusal = state.withLock { $0.refusal }
        if let refusal, MonotonicInstant.now - refusal.instant < Self.creationPause { throw refusal.fault }
        let fault = await create()
        if let fault, fault.kind == .refused {
            state.withLock { $0.refusal = (fault: fault, instant: MonotonicInstant.now) }
            throw fault
        }
        do throws(DatabaseError) {
            return try await work()
        } catch {
            throw error.isMissingTable ? fault ?? error : error
        }
    }

    /// Makes the table.
    ///
    /// - Returns: What went wrong; others who do so at the same time are in the way, and leave it done.
    private func create() async -> DatabaseError? {
        for statement in Self.creation(source.dialect) {
            do throws(DatabaseError) {
                _ = try await source.execute(statement, within: Self.patience)
            } catch {
                return error
            }
        }
        return nil
    }

    // MARK: - Faults

    private func noting<Result>(
        _ use: Use,
        _ work: () async throws(DatabaseError) -> Result
    ) async throws(ForgetTableFault) -> Result {
        do throws(DatabaseError) {
            let result = try await withTable(work)
            note(use, nil)
            return result
        } catch {
            // Whoever asks has ended.
            if error.kind != .cancelled { note(use, error) }
            throw ForgetTableFault(
                isOfTheMoment: error.isOfTheMoment || error.takesTime,
                takesTime: error.takesTime,
                error.description
            )
        }
    }

    /// Says that something fails, and that it does not any more, once each.
    private func note(_ use: Use, _ error: DatabaseError?) {
        let old = state.withLock { state in
            defer {
                state.faults[use] = error?.kind
                if error == nil { state.working.insert(use) } else { state.working.remove(use) }
            }
            return state.faults[use]
        }
        guard old != error?.kind else { return }
        guard let error else { return logger.notice("\(use.recovery)") }
        let advice = error.isOfTheMoment ? "" : " (see \"Forgetting\" in docs/xml-handler.md)"
        logger.log(level: error.isOfTheMoment ? .warning : .error, "\(use.failure): \(error)\(advice)")
    }
}

extension DatabaseError {
    /// Whether the same may succeed a moment later, and nobody has to do anything for it.
    fileprivate var isOfTheMoment: Bool {
        switch kind {
        case .unavailable, .exhausted, .deadline, .cancelled, .lost, .conflict, .uniqueViolation: true
        // It may have been made, and not have come to this node yet.
        case .statement: isMissingTable
        default: false
        }
    }

    /// Whether the same may succeed some seconds later: a node that takes no changes may be about to become the primary.
    fileprivate var takesTime: Bool { kind == .readOnly || kind == .other }
}
