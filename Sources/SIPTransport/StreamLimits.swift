/// What peers may ask of a listener's connections; whoever goes beyond it is disconnected.
public struct StreamLimits: Sendable {
    /// How many connections a listener keeps at once.
    public var connections = 10_000
    /// How many of them may lead to one address: a whole office behind one NAT, but not all there are.
    public var connectionsPerAddress = 1_000
    /// How long a peer may take for its first message on a connection that it made, and for the rest of each message
    /// that it has begun.
    public var messageTime = Duration.seconds(30)
    /// How long a connection may carry nothing; more than the hour for which phones register.
    public var idleTime = Duration.seconds(7_200)
    /// How many octets may wait to be sent to a peer that does not read.
    public var unsentBytes = 1 << 20

    /// The defaults.
    public init() {}
}
