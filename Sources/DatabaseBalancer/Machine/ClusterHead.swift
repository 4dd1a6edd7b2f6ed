import Base

/// When the cluster had come how far, so that it can be said for how long a node has been behind.
///
/// It counts on the balancer's own clock: those of the servers may differ.
struct ClusterHead: Sendable {
    private struct Sample {
        let time: MonotonicInstant
        let position: Int64
    }

    /// About a minute of checks of three nodes.
    static let sampleLimit = 1024

    private var identity: String?
    private var samples: [Sample] = []

    /// The furthest position that is known.
    var position: Int64? { samples.last?.position }

    /// A trusted node was at a position.
    ///
    /// - Parameter identity: Whose positions they are; those of another cluster are not compared.
    mutating func note(_ position: Int64, of identity: String, at time: MonotonicInstant) {
        if identity != self.identity { (self.identity, samples) = (identity, []) }
        guard position > samples.last?.position ?? .min else { return }
        samples.append(Sample(time: time, position: position))
        // Half at a time, so that it is seldom.
        if samples.count > Self.sampleLimit { samples.removeFirst(Self.sampleLimit / 2) }
    }

    /// For how long there has been something beyond a position; zero when there is nothing.
    ///
    /// - Parameter identity: Whose position it is.
    func lag(of position: Int64, of identity: String, at time: MonotonicInstant) -> Duration {
        guard identity == self.identity else { return .zero }
        // Samples are in order of both.
        var (low, high) = (0, samples.count)
        while low < high {
            let middle = low + (high - low) / 2
            if samples[middle].position > position { high = middle } else { low = middle + 1 }
        }
        return low < samples.count ? time - samples[low].time : .zero
    }
}
