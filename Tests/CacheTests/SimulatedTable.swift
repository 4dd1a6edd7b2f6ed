import Cache
import Synchronization

/// A table as databases have it, whose clock and faults a test decides.
final class SimulatedTable: ForgetTable {
    private struct State: Sendable {
        var now: Int64 = 1_700_000_000_000
        var rows: [(noted: Int64, row: ForgetTableReading.Row)] = []
        var readFault: ForgetTableFault?
        var putFault: ForgetTableFault?
        var gate: Gate?
        var reads = 0
        var refusedPuts = 0
    }

    private let state = Mutex(State())

    /// How often it was read.
    var reads: Int { state.withLock { $0.reads } }
    /// How often it was not written.
    var refusedPuts: Int { state.withLock { $0.refusedPuts } }
    /// How many rows it has.
    var count: Int { state.withLock { $0.rows.count } }
    /// What is to be forgotten by its rows, but for those by which nothing is.
    var tags: [[String]] { state.withLock { $0.rows.map(\.row.entry.tags).filter { !$0.isEmpty } } }

    func failReading(_ fault: ForgetTableFault?) { state.withLock { $0.readFault = fault } }

    func failPutting(_ fault: ForgetTableFault?) { state.withLock { $0.putFault = fault } }

    /// Has it take nothing until a gate is open.
    func holdPutting(_ gate: Gate) { state.withLock { $0.gate = gate } }

    func put(_ entries: [ForgetEntry]) async throws(ForgetTableFault) {
        await state.withLock { $0.gate }?.wait()
        try add(entries)
    }

    /// Puts entries in at once, as somebody else does.
    func add(_ entries: [ForgetEntry]) throws(ForgetTableFault) {
        let fault = state.withLock { state -> ForgetTableFault? in
            guard state.putFault == nil else {
                state.refusedPuts += 1
                return state.putFault
            }
            for entry in entries {
                // As it is written and read.
                let read = ForgetEntry(entry.bytes, orElse: "")
                state.rows.append((state.now, .init(name: "\(state.rows.count)", entry: read)))
            }
            return nil
        }
        if let fault { throw fault }
    }

    func read(
        ofLast time: Duration,
        orSince moment: Int64?
    ) async throws(ForgetTableFault) -> ForgetTableReading {
        let (fault, reading) = state.withLock { state -> (ForgetTableFault?, ForgetTableReading) in
            state.reads += 1
            let first = min(state.now - Int64(time / .milliseconds(1)), moment ?? .max)
            var reading = ForgetTableReading(now: state.now)
            reading.rows = state.rows.filter { $0.noted >= first }.map(\.row)
            return (state.readFault, reading)
        }
        if let fault { throw fault }
        return reading
    }

    func remove(olderThan time: Duration) async throws(ForgetTableFault) {
        state.withLock { state in
            let first = state.now - Int64(time / .milliseconds(1))
            state.rows.removeAll { $0.noted < first }
        }
    }
}
