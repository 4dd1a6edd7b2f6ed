import Base

/// What was forgotten lately, so that what was loaded before is not kept afterwards.
struct ForgetHistory: Sendable {
    private struct Note: Sendable {
        let moment: UInt64
        let time: MonotonicInstant
    }

    /// How many it remembers; who has begun before counts as late.
    private static let limit = 4096

    private var last: [String: Note] = [:]
    /// Everything up to there is not known any more.
    private var horizon: UInt64 = 0
    /// When something was forgotten that is not known any more.
    private var horizonTime: MonotonicInstant?
    /// Until when nobody is known to have heard of everything that was forgotten.
    private var doubted: UInt64 = 0
    private(set) var now: UInt64 = 0

    mutating func note(_ tags: [String], at time: MonotonicInstant) {
        now &+= 1
        if last.count + tags.count > Self.limit { cut(at: time) }
        for tag in tags { last[tag] = Note(moment: now, time: time) }
    }

    /// Everything was forgotten.
    mutating func noteAll(at time: MonotonicInstant) {
        now &+= 1
        cut(at: time)
    }

    /// What was loaded until now may have been forgotten, by somebody who was not heard.
    ///
    /// - Parameter time: When, where that is known.
    mutating func doubtAll(forgottenAt time: MonotonicInstant? = nil) {
        now &+= 1
        doubted = now
        if let time { horizonTime = time }
    }

    /// Whether what was begun at a moment may have been forgotten since.
    func isInDoubt(since moment: UInt64) -> Bool { moment < doubted }

    private mutating func cut(at time: MonotonicInstant) {
        (last, horizon, horizonTime) = ([:], now, time)
    }

    /// Whether any of these was forgotten after a moment.
    func forgot(_ tags: [String], since moment: UInt64) -> Bool {
        moment < horizon || tags.contains { (last[$0]?.moment ?? 0) > moment }
    }

    /// Whether any of these was forgotten in some time before now.
    func forgot(_ tags: [String], within duration: Duration, before now: MonotonicInstant) -> Bool {
        if let horizonTime, now - horizonTime < duration { return true }
        return tags.contains { tag in last[tag].map { now - $0.time < duration } ?? false }
    }
}
