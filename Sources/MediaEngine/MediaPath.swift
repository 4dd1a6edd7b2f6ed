public import Base

/// How a stream fares with its peer, for whoever compares the networks of peers.
public struct MediaPath: Sendable {
    /// Names the stream among those of its engine.
    public let id: UInt64
    /// Where the peer's packets come from.
    public let remote: IPAddress
    /// What the stream counts.
    public let statistics: MediaStatistics
}

extension MediaEngine {
    /// How all streams fare whose peer's address is settled.
    public func paths() async -> [MediaPath] {
        var all: [MediaPath] = []
        for loop in loops {
            all += await withCheckedContinuation { continuation in
                loop.askPaths { continuation.resume(returning: $0) }
            }
        }
        return all
    }
}
