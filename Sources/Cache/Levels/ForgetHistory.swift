/// What was forgotten lately, so that what was loaded before is not kept afterwards.
struct ForgetHistory: Sendable {
    /// How many it remembers; who has begun before counts as late.
    private static let limit = 4096

    private var last: [String: UInt64] = [:]
    /// Everything up to there is not known any more.
    private var horizon: UInt64 = 0
    private(set) var now: UInt64 = 0

    mutating func note(_ tags: [String]) {
        now &+= 1
        if last.count + tags.count > Self.limit {
            last = [:]
            horizon = now
        }
        for tag in tags { last[tag] = now }
    }

    mutating func noteAll() {
        now &+= 1
        last = [:]
        horizon = now
    }

    /// Whether any of these was forgotten after a moment.
    func forgot(_ tags: [String], since moment: UInt64) -> Bool {
        moment < horizon || tags.contains { (last[$0] ?? 0) > moment }
    }
}
