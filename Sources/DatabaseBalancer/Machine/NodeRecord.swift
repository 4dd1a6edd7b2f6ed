import Base

/// What a balancer knows of one node.
struct NodeRecord: Sendable {
    let settings: NodeSettings
    var trust = Trust.unknown
    var order = NodeOrder.ready
    /// How many statements it is carrying out.
    var inUse = 0
    /// What it has carried out so far.
    var statements: UInt64 = 0
    /// How many of them failed because of the node.
    var failures: UInt64 = 0
    /// How often it has lost trust.
    var losses: UInt64 = 0
    /// Connections of other programs that have left it between two transactions.
    var connectionsLeft: UInt64 = 0
    /// Those that were ended, whatever they were doing.
    var connectionsEnded: UInt64 = 0

    /// What it said last; `nil` since a check has failed.
    var facts: HealthFacts?
    /// When the check began whose facts those are.
    var factsAsOf = MonotonicInstant.zero
    /// How it held up the others between the last two checks, in percent of the time; 0 when it did not.
    var heldUp = 0
    /// When the check that is on its way began.
    var checkBegan: MonotonicInstant?
    /// The number of that check, or of the last one.
    private var check: UInt64 = 0
    var nextCheck = MonotonicInstant.zero
    /// How many checks in a row have failed.
    var failedChecks = 0
    var canary = Canary.none
    /// Since when it could be the writer without a break, with its whole share; `nil` when it cannot.
    var couldWriteSince: MonotonicInstant?
    /// Until when those have to end who still change something on it, since another node is the writer.
    var changesEnd: MonotonicInstant?
    /// Its place in the round, for smooth weights.
    var turn = 0

    /// How far the proof is that it sees what is written elsewhere.
    enum Canary: Sendable, Hashable {
        case none
        case onItsWay
        case failed(reason: String, again: MonotonicInstant)
    }

    init(_ settings: NodeSettings) {
        self.settings = settings
    }

    /// A check begins.
    ///
    /// - Returns: Its number.
    mutating func beginCheck(_ now: MonotonicInstant) -> UInt64 {
        check &+= 1
        checkBegan = now
        return check
    }

    /// When a check began whose answer is waited for; `nil` for any other.
    func beginning(of check: UInt64) -> MonotonicInstant? { check == self.check ? checkBegan : nil }

    /// Nobody waits for the check that is on its way.
    mutating func forgetCheck() {
        check &+= 1
        checkBegan = nil
    }

    /// Whether it takes changes, as configured and as it says.
    var takesChanges: Bool { settings.mayWrite && facts?.takesChanges == true }

    /// Whether it may be given something to do.
    var isUsable: Bool { trust.isTrusted && order == .ready }

    /// Whether its share has grown to all of it.
    func isSteady(_ now: MonotonicInstant, slowStart: Duration) -> Bool {
        switch trust {
        case .trusted(let since, let grows): !grows || now - since >= slowStart
        case .unknown, .down, .joining, .doubted: false
        }
    }

    /// Its share of the work, which grows from a tenth after it has joined; ten times its weight in the end.
    func share(_ now: MonotonicInstant, slowStart: Duration) -> Int {
        let whole = max(settings.weight, 1) * 10
        guard case .trusted(let since, grows: true) = trust, now - since < slowStart else { return whole }
        let total = max(slowStart.wholeMilliseconds, 1)
        let part = min(max((now - since).wholeMilliseconds, 0), total)
        return max(whole / 10, Int(Int64(whole) * part / total))
    }
}
