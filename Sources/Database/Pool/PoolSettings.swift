/// The limits of a ``DatabasePool``.
public struct PoolSettings: Sendable, Hashable {
    /// How many connections, and threads that wait for them, there are at most.
    public var connections = 8
    /// How many calls may wait for a connection; one more is refused at once.
    public var waiters = 1024
    /// How long a call may take that does not say so itself, the wait for a connection included.
    public var deadline = Duration.seconds(10)
    /// How long it may take to connect.
    public var connecting = Duration.seconds(5)
    /// How long nobody tries to connect after it has failed; doubled with each failure, up to ``longestPause``.
    public var shortestPause = Duration.milliseconds(100)
    /// The longest time in which nobody tries to connect.
    public var longestPause = Duration.seconds(5)
    /// How many prepared statements each connection keeps; none are made with 0.
    public var preparedStatements = 128
    /// How many rows a query may give.
    public var rows = 10_000
    /// How many bytes the rows of a query may take.
    public var rowBytes = 64 << 20
    /// Whether a server is asked to stop a statement that nobody waits for any more; it may take a moment.
    public var stopsAbandoned = true

    /// The usual limits.
    public init() {}

    /// The usual limits with another number of connections.
    public init(connections: Int) {
        self.connections = connections
    }
}
