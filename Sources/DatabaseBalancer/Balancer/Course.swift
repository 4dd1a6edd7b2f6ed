import Base
import Database

/// How one call has fared so far, and whether it goes on.
struct Course: Sendable {
    /// When its time is over.
    let end: MonotonicInstant
    /// The nodes that it has been lost on.
    private(set) var tried: Set<Int> = []
    private var attempts = 0
    private var longestPause = 10

    /// How often a call is tried at most.
    static let attemptLimit = 24

    init(_ deadline: Duration) {
        end = .now + deadline
    }

    /// How much time is left.
    var left: Duration { max(end - .now, .zero) }

    /// Whether it is tried again after an error that had no effect.
    mutating func goesOn(after error: DatabaseError, on node: Int) -> Bool {
        attempts += 1
        guard left > .zero, attempts < Self.attemptLimit, !Task.isCancelled else { return false }
        if error.isOfNode {
            tried.insert(node)
            return true
        }
        return error.kind == .conflict
    }

    /// Waits before the next attempt, when two might meet again and again.
    mutating func pause(after error: DatabaseError) async {
        guard error.kind == .conflict else { return }
        try? await Task.sleep(for: .milliseconds(Int.random(in: 0...longestPause)))
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
