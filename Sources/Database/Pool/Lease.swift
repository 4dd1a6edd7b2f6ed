import Base
internal import NIOPosix
import Synchronization

/// The use of one connection by one call, until a deadline.
///
/// Whoever ends it early, the deadline or the caller's task, interrupts the connection: a call that blocks comes back
/// then, so that the thread is free and the caller has its answer. When the lease has ended, nothing of it reaches the
/// connection any more, which may be somebody else's by then.
final class Lease: Sendable {
    let connection: any DriverConnection
    /// Whether it may change something, as far as its caller knows.
    let isChange: Bool
    private let deadline: Duration
    private let threads: NIOThreadPool
    private let state = Mutex(State())

    private struct State {
        var interruption: DatabaseError?
        var hasEnded = false
        var watch: (watchdog: Watchdog, id: Watchdog.ID)?
    }

    /// - Parameter deadline: How long the call may take, for the text of the error.
    init(_ connection: any DriverConnection, isChange: Bool, threads: NIOThreadPool, deadline: Duration) {
        (self.connection, self.isChange, self.threads, self.deadline) = (connection, isChange, threads, deadline)
        connection.prepareForUse()
    }

    /// Has the lease interrupted at its deadline.
    func watch(with watchdog: Watchdog, until end: MonotonicInstant) {
        let id = watchdog.watch(until: end) { [weak self] in self?.interrupt(.deadline) }
        state.withLock { $0.watch = (watchdog, id) }
    }

    /// Ends what is being done for a reason.
    ///
    /// - Parameter text: What the caller is told, where the kind of the reason does not say it.
    func interrupt(_ reason: DatabaseError.Kind, _ text: String? = nil) {
        state.withLock { state in
            guard !state.hasEnded, state.interruption == nil else { return }
            state.interruption = Self.error(reason, deadline, text)
            connection.interrupt()
        }
    }

    /// Ends the lease.
    ///
    /// - Returns: Whether the connection can be used again.
    func end() -> Bool {
        let watch = state.withLock { state in
            state.hasEnded = true
            return state.watch
        }
        if let watch { watch.watchdog.forget(watch.id) }
        return connection.isUsable
    }

    /// Undoes a transaction, whatever has happened before; a connection on which that fails is not used again.
    func rollBack() async {
        let connection = connection
        await withCheckedContinuation { continuation in
            threads.submit { _ in
                try? connection.perform(.rollback)
                continuation.resume()
            }
        }
    }

    /// Does something with the connection on a thread that may wait.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (any DriverConnection) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        if let interruption { throw interruption }
        let connection = connection
        let outcome: Result<Value, DatabaseError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                threads.submit { state in
                    guard case .active = state else { return continuation.resume(returning: .failure(.poolClosed)) }
                    continuation.resume(returning: Result { () throws(DatabaseError) in try work(connection) })
                }
            }
        } onCancel: {
            interrupt(.cancelled)
        }
        do throws(DatabaseError) {
            return try outcome.get()
        } catch {
            guard var interrupted = interruption else { throw error }
            // Whose change was in the way of something has lost a connection of a database that is well.
            interrupted.isConnectionLost = error.isConnectionLost && interrupted.kind != .conflict
            interrupted.mayHaveExecuted = error.mayHaveExecuted
            throw interrupted
        }
    }

    private var interruption: DatabaseError? { state.withLock { $0.interruption } }

    /// The error of a call that was ended early.
    static func error(_ reason: DatabaseError.Kind, _ deadline: Duration, _ text: String? = nil) -> DatabaseError {
        if let text { return DatabaseError(reason, text) }
        return switch reason {
        case .deadline: DatabaseError(.deadline, "the database did not answer within \(deadline)")
        case .lost: DatabaseError(.lost, "the database does not answer any more, and nobody waits for it")
        default: DatabaseError(reason, "the call was cancelled")
        }
    }
}
