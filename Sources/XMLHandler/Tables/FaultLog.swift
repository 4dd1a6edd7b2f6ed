public import Logging
import Synchronization

/// Tells the log of rows that were left out, of each once: a row is read with every call.
public final class FaultLog: Sendable {
    /// How many are told of; the log is no place for more.
    private static let limit = 1_000

    private let logger: Logger
    private let told = Mutex<Set<RowFault>>([])

    /// One that has told of none yet.
    public init(_ logger: Logger) {
        self.logger = logger
    }

    /// Tells of those that it has not told of.
    public func tell(_ faults: [RowFault]) {
        for fault in faults {
            let isNew = told.withLock { $0.count < Self.limit && $0.insert(fault).inserted }
            if isNew { logger.warning("\(fault)") }
        }
    }
}
