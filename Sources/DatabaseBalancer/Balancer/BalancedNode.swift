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
    /// One connection for what the balancer asks itself.
    let ownPool: DatabasePool
    let probe: HealthProbe

    init(_ node: NodeSettings, _ dsn: DatabaseDSN, _ settings: BalancerSettings) {
        (name, address, endpoint) = (node.name, dsn.description, dsn.endpoint)
        var limits = PoolSettings(connections: settings.isForConnections ? 1 : node.connections)
        limits.deadline = settings.deadline
        limits.connecting = .seconds(1)
        limits.waiters = settings.waiters
        (limits.shortestPause, limits.longestPause) = (HealthProbe.pause, HealthProbe.pause)
        pool = DatabasePool(dsn, limits)
        ownPool = DatabasePool(dsn, HealthProbe.limits(settings))
        probe = HealthProbe(ownPool, settings)
    }

    func close() async {
        await pool.close()
        await ownPool.close()
    }
}
