/// What a node said of itself when it was checked.
struct HealthFacts: Sendable, Hashable {
    /// Which nodes see the same: those with equal views are one cluster.
    struct View: Sendable, Hashable {
        /// What tells the cluster from others.
        var cluster: String
        /// The number of the membership, which grows; 0 where there is none.
        var number: Int64 = 0
        /// How many members there are, as the node sees it; 0 where nobody counts them.
        var size = 0
    }

    /// Whether it takes changes.
    var takesChanges = true
    /// Why it cannot be used, whatever others say.
    var fault: String?
    /// The view that it has; `nil` for a node that belongs to nothing.
    var view: View?
    /// How far it is in the order of changes that all nodes share; `nil` when it does not tell.
    var position: Int64?
    /// Which of two servers that take changes is the later one: PostgreSQL's timeline, of a standby that which it follows.
    var generation: Int64 = 0
    /// Whether what is written elsewhere arrives here: it can be shown by a canary.
    var isReplicated = false
    /// How many changes wait to be applied.
    var receiveQueue = 0
    /// How long it was held up or has held up others since it began, in nanoseconds.
    var pausedNanoseconds: Int64 = 0
    /// How often it has asked the others to wait.
    var pauseRequests: Int64 = 0

    /// A node that tells nothing but that it is there.
    init() {}
}
