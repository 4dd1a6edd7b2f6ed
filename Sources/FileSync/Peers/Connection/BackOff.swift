import Base

/// How long a node waits before it calls a peer again.
struct BackOff: Sendable {
    private static let shortest = Duration.milliseconds(100)
    private static let longest = Duration.seconds(10)

    private var failures = 0

    /// The next pause: twice as long each time, up to ten seconds, and never the same on two nodes.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let pause = min(Self.shortest * (1 << min(failures, 10)), Self.longest)
        failures += 1
        return pause * Double.random(in: 0.75...1.25, using: &generator)
    }

    /// A connection was made.
    mutating func reset() { failures = 0 }
}
