public import Base
import NetworkConditions

/// How much of the networks that would like a data center it gets.
///
/// A full one gives some away, one that has come back gets them little by little. A share that is changed shows in the load
/// only when calls have ended that came before, or begun that come now; so what counts is where the load is going, and a share
/// goes a part of the way to what would be right for that: otherwise it would swing to and fro.
public struct LoadShares: Sendable {
    /// The load at which a data center takes no more, a part of its capacity.
    public var full = 0.9
    /// The load below which it takes more again.
    public var relaxed = 0.8
    /// How long calls last on the average, in seconds: everything takes its time by that.
    public var callSeconds = 180.0

    /// How much of the networks may move while a call lasts: a fifth in a minute with calls of three.
    private static let slew = 0.6
    /// After which part of a call half of the way to the right share is gone, and half of a change of the load believed.
    private static let approach = 0.46
    private static let smoothing = 0.23
    /// From this load on nobody sees how many more would come: it is taken to be going there.
    private static let saturated = 0.97
    private static let beyond = 1.3
    /// What a share begins to grow from, and the least load that something is divided by.
    private static let least = 0.02

    private struct Center: Sendable {
        var share = 1.0
        var load: Double?
        /// The load without what comes and goes within a minute.
        var level: Double?
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
        centers[center].load = load.flatMap { $0.isFinite && $0 >= 0 ? min($0, Self.beyond) : nil }
    }

    /// How much of its capacity a data center uses; `nil` when nobody knows.
    public func load(_ center: Int) -> Double? { centers.indices.contains(center) ? centers[center].load : nil }

    /// With how much a data center begins that has come back.
    private static let beginning = 0.2

    /// A data center has come back: it begins with little.
    public mutating func restart(_ center: Int, at now: MonotonicInstant) {
        guard centers.indices.contains(center) else { return }
        centers[center].share = min(centers[center].share, Self.beginning)
        centers[center].moved = now
    }

    /// Takes in that time has passed.
    public mutating func tick(at now: MonotonicInstant) {
        for center in centers.indices { move(center, at: now) }
    }

    private mutating func move(_ index: Int, at now: MonotonicInstant) {
        var center = centers[index]
        defer { centers[index] = center }
        let before = center.moved ?? now
        center.moved = max(now, before)
        let elapsed = max(0, (now - before) / .seconds(1))
        let step = Self.slew * elapsed / callSeconds
        guard let load = center.load else {
            center.level = nil
            center.share = min(1, center.share + step)
            return
        }
        let heading = heading(&center, load, elapsed)
        guard heading >= full || heading < relaxed else { return }
        let limit = heading >= full ? full : relaxed
        let share = max(center.share, Self.least)
        let wanted = share * limit / max(heading, Self.least)
        let part = 1 - HalfLife(seconds: Self.approach * callSeconds).remaining(afterSeconds: elapsed)
        center.share = min(max(center.share + min(max((wanted - share) * part, -step), step), 0), 1)
    }

    /// The load that there will be when all calls are those of the present share.
    private func heading(_ center: inout Center, _ load: Double, _ elapsed: Double) -> Double {
        let halfLife = Self.smoothing * callSeconds
        let before = center.level ?? load
        let level = load + (before - load) * HalfLife(seconds: halfLife).remaining(afterSeconds: elapsed)
        center.level = level
        // What the load is ahead of its level by, it goes in a mean life of that, which is 1.44 half-lives.
        let heading = level + (load - level) * callSeconds / (1.4427 * halfLife)
        return level >= Self.saturated ? max(heading, Self.beyond) : heading
    }
}
