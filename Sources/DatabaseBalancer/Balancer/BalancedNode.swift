import Base
import Database

/// One node of a balancer, with its connections.
struct BalancedNode: Sendable {
    let name: String
    /// Where it is; no password is in it.
    let address: String
    /// Its host and port, when it is reached over TCP.
    let endpoint: (host: String, port: Int)?
    /// Connections for statements.
    let pool: DatabasePool
    /// One connection for the canary: a change may take long where the node itself is well.
    let canaryPool: DatabasePool
    /// One connection for the checks, which wait for nothing else.
    private let checkPool: DatabasePool
    let probe: HealthProbe

    init(_ node: NodeSettings, _ dsn: DatabaseDSN, _ settings: BalancerSettings) {
        (name, address, endpoint) = (node.name, dsn.description, dsn.endpoint)
        var limits = PoolSettings(connections: settings.isForConnections ? 1 : node.connections)
        limits.deadline = settings.deadline
        limits.connecting = .seconds(1)
        limits.waiters = settings.waiters
        (limits.shortestPause, limits.longestPause) = (HealthProbe.pause, HealthProbe.pause)
        pool = DatabasePool(dsn, limits)
        canaryPool = DatabasePool(dsn, HealthProbe.limits(settings))
        checkPool = DatabasePool(dsn, HealthProbe.limits(settings))
        probe = HealthProbe(checkPool, settings)
    }

    func close() async {
        await pool.close()
        await canaryPool.close()
        await checkPool.close()
    }
}
