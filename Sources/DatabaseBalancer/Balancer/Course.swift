import Base
import Database

/// How one call has fared so far, and whether it goes on.
struct Course: Sendable {
    /// When its time is over.
    let end: MonotonicInstant
    /// The nodes that it has been lost on.
    private(set) var tried: Set<Int> = []
    private var conflicts = 0
    /// Whether two might meet again and again, or a node is asked again that has failed already.
    private var needsPause = false
    private var longestPause = 10

    /// How often a call may lose against others.
    static let conflictLimit = 24

    init(_ deadline: Duration) {
        end = .now + deadline
    }

    /// How much time is left.
    var left: Duration { max(end - .now, .zero) }

    /// Whether it is tried again after an error that had no effect.
    mutating func goesOn(after error: DatabaseError, on node: Int) -> Bool {
        guard left > .zero, !Task.isCancelled else { return false }
        if error.isOfNode {
            needsPause = !tried.insert(node).inserted
            return true
        }
        conflicts += 1
        needsPause = true
        return error.kind == .conflict && conflicts < Self.conflictLimit
    }

    /// Waits before the next attempt, where that may help.
    mutating func pause() async {
        guard needsPause else { return }
        try? await Task.sleep(for: min(.milliseconds(Int.random(in: 0...longestPause)), left))
        longestPause = min(longestPause * 2, 500)
    }
}

extension DatabaseError {
    /// Whether it is the node's fault, and another node may do better.
    var isOfNode: Bool {
        switch kind {
        case .lost, .unavailable, .readOnly: true
        default: isConnectionLost && kind != .deadline && kind != .cancelled
        }
    }
}
