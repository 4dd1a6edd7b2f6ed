/// How long servers may take, and how much may be on its way to them.
public struct MemcachedLimits: Hashable, Sendable {
    /// How long connecting may take.
    public var connectTime = Duration.milliseconds(20)
    /// How long a command may take on a connection that is there.
    public var operationTime = Duration.milliseconds(10)
    /// Failures in a row after which a server is left alone.
    public var failures = 2
    /// How long it is left alone until it is looked for again.
    public var pause = Duration.milliseconds(500)
    /// How many commands may wait for one server.
    public var commands = 10_000
    /// How many bytes of them may be unsent.
    public var unsentBytes = 64 << 20
    /// How many keys are remembered that could not be taken out of a server; with more, everything is taken out.
    public var owedDeletes = 1000

    /// The limits that look-ups for calls need.
    public init() {}
}
