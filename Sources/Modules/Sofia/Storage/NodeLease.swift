import Base
import Database
import Logging
import Synchronization

/// Tells the other nodes again and again that this one is alive, by the clock of the database.
///
/// It waits for nothing else: a node that has much to write, or cannot, is alive all the same.
final class NodeLease: Sendable {
    private struct State {
        var timer: (any LoopTimer)?
        var isUnderWay = false
        var isFailing = false
        var hasEnded = false
    }

    /// For how long a node is taken to be alive after it last said so, in seconds.
    static let seconds = 15
    /// How often it says so, and how long the database may take.
    static let interval = Duration.seconds(5)
    private static let patience = Duration.seconds(4)

    let node: ClusterNode
    private let schema: RegistrationSchema
    private let database: any DataSource
    private let loop: any Loop
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ node: ClusterNode,
        _ schema: RegistrationSchema,
        _ database: any DataSource,
        loop: any Loop,
        logger: Logger
    ) {
        (self.node, self.schema, self.database, self.loop, self.logger) = (node, schema, database, loop, logger)
    }

    /// Says so now, and from now on.
    func start() {
        let timer = loop.schedule(at: loop.now + Self.interval) { [weak self] in self?.start() }
        let isFree = state.withLock { state in
            guard !state.hasEnded else {
                timer.cancel()
                return false
            }
            state.timer = timer
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        guard isFree else { return }
        Task.immediate(executorPreference: loop) { await self.renew() }
    }

    private func renew() async {
        do throws(DatabaseError) {
            try await database.execute(schema.lease(of: node, seconds: Self.seconds), within: Self.patience)
            if note(hasFailed: false) { logger.notice("other nodes can see again that this one is alive") }
        } catch {
            if !note(hasFailed: true) { logger.error("other nodes cannot see that this one is alive: \(error)") }
        }
    }

    /// - Returns: Whether it failed before.
    private func note(hasFailed: Bool) -> Bool {
        state.withLock { state in
            defer { (state.isUnderWay, state.isFailing) = (false, hasFailed) }
            return state.isFailing
        }
    }

    /// Says that this node is gone.
    func end() async {
        let timer = state.withLock { state in
            state.hasEnded = true
            return state.timer
        }
        timer?.cancel()
        try? await database.execute(schema.lease(of: node, seconds: 0), within: RegistrationStore.patience)
    }
}
