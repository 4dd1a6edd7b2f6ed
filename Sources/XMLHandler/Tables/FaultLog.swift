import Logging
import Synchronization

/// Tells the log of rows that were left out, of each once: a row is read with every call.
final class FaultLog: Sendable {
    /// How many are told of; the log is no place for more.
    private static let limit = 1_000

    private let logger: Logger
    private let told = Mutex<Set<RowFault>>([])

    init(_ logger: Logger) {
        self.logger = logger
    }

    func tell(_ faults: [RowFault]) {
        for fault in faults {
            let isNew = told.withLock { $0.count < Self.limit && $0.insert(fault).inserted }
            if isNew { logger.warning("\(fault)") }
        }
    }

    /// Tells of all of them again: the tables are others now.
    func forget() {
        told.withLock { $0 = [] }
    }
}
