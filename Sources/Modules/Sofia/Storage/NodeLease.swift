import Base
import Database
import Logging
import Synchronization

/// Tells the other nodes again and again that this one is alive, by the clock of the database.
///
/// It waits for nothing else: a node that has much to write, or cannot, is alive all the same.
final class NodeLease: Sendable {
    /// For how long a node is taken to be alive after it last said so, in seconds.
    static let seconds = 15
    /// How often it says so, and how long the database may take.
    static let interval = Duration.seconds(5)
    private static let patience = Duration.seconds(4)

    let node: ClusterNode
    private let schema: RegistrationSchema
    private let database: any DataSource
    private let logger: Logger
    private let recurrence: Recurrence
    private let isFailing = Mutex(false)

    init(
        _ node: ClusterNode,
        _ schema: RegistrationSchema,
        _ database: any DataSource,
        loop: any Loop,
        logger: Logger
    ) {
        (self.node, self.schema, self.database, self.logger) = (node, schema, database, logger)
        recurrence = Recurrence(every: Self.interval, on: loop)
    }

    /// Says so now, and from now on.
    func start() {
        recurrence.start { [weak self] in await self?.renew() }
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
        isFailing.withLock { isFailing in
            defer { isFailing = hasFailed }
            return isFailing
        }
    }

    /// Says that this node is gone.
    func end() async {
        recurrence.stop()
        try? await database.execute(schema.lease(of: node, seconds: 0), within: RegistrationStore.patience)
    }
}
