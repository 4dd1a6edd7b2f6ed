public import Base

/// How much of the networks that would like a data center it gets.
///
/// A full one gives some away, one that has come back
/// gets them little by little: nothing moves faster than a part in a minute, so that no crowd runs to and fro.
public struct LoadShares: Sendable {
    /// The load at which a data center takes no more, a part of its capacity.
    public var full = 0.9
    /// The load below which it takes more again.
    public var relaxed = 0.8
    /// How much of the networks may move in a minute, a part.
    public var slew = 0.2

    private struct Center: Sendable {
        var share = 1.0
        var load: Double?
        var moved: MonotonicInstant?
    }

    private var centers: [Center]

    /// Everybody gets all.
    public init(count: Int) {
        centers = Array(repeating: Center(), count: count)
    }

    /// The same for other data centers.
    ///
    /// - Parameter origins: For each of them, which one of the present ones it is; `nil` for a new one, which gets all.
    func mapped(_ origins: [Int?]) -> LoadShares {
        var mapped = self
        mapped.centers = origins.map { origin in
            origin.flatMap { centers.indices.contains($0) ? centers[$0] : nil } ?? Center()
        }
        return mapped
    }

    /// The share of a data center, 0 to 1.
    public func share(_ center: Int) -> Double { centers.indices.contains(center) ? centers[center].share : 0 }

    /// Whether a data center takes a network.
    ///
    /// - Parameter part: A number between 0 and 1 that is the network's own, so that the same ones stay.
    func accepts(_ center: Int, part: Double) -> Bool { part < share(center) || share(center) >= 1 }

    /// Takes in how much of its capacity a data center uses; `nil` when nobody knows.
    public mutating func setLoad(_ center: Int, _ load: Double?, at now: MonotonicInstant) {
        guard centers.indices.contains(center) else { return }
        move(center, at: now)
        centers[center].load = load.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    /// How much of its capacity a data center uses; `nil` when nobody knows.
    public func load(_ center: Int) -> Double? { centers.indices.contains(center) ? centers[center].load : nil }

    /// A data center has come back: it begins with little.
    public mutating func restart(_ center: Int, at now: MonotonicInstant) {
        guard centers.indices.contains(center) else { return }
        centers[center].share = min(centers[center].share, slew)
        centers[center].moved = now
    }

    /// Takes in that time has passed.
    public mutating func tick(at now: MonotonicInstant) {
        for center in centers.indices { move(center, at: now) }
    }

    private mutating func move(_ index: Int, at now: MonotonicInstant) {
        let before = centers[index].moved ?? now
        centers[index].moved = max(now, before)
        let step = slew * max(0, (now - before) / .seconds(60))
        let load = centers[index].load ?? 0
        if load >= full {
            centers[index].share = max(0, centers[index].share - step)
        } else if load < relaxed {
            centers[index].share = min(1, centers[index].share + step)
        }
    }
}
