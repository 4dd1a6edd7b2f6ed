import Base

/// Whether a node is used, and why not.
enum Trust: Sendable, Hashable {
    /// It has not been checked yet.
    case unknown
    /// It is not used.
    case down(reason: String)
    /// It is well again, since then, and has to show more before it is used.
    case joining(since: MonotonicInstant)
    /// It is used, with a growing share when it has joined others.
    case trusted(since: MonotonicInstant, grows: Bool)
    /// It was trusted, and gets nothing new until it is clear what is the matter.
    case doubted(reason: String, since: MonotonicInstant, before: Trusted)

    /// How a node was trusted before it was doubted.
    struct Trusted: Sendable, Hashable {
        let since: MonotonicInstant
        let grows: Bool
    }

    /// The word in status and metrics.
    var name: String {
        switch self {
        case .unknown: "unknown"
        case .down: "down"
        case .joining: "joining"
        case .trusted: "trusted"
        case .doubted: "doubted"
        }
    }

    var isTrusted: Bool {
        guard case .trusted = self else { return false }
        return true
    }

    /// Whether it was trusted when last it was clear.
    var isTrustedOrDoubted: Bool {
        switch self {
        case .trusted, .doubted: true
        case .unknown, .down, .joining: false
        }
    }

    /// Why it is not used.
    var reason: String? {
        switch self {
        case .down(let reason), .doubted(let reason, _, _): reason
        case .unknown, .joining, .trusted: nil
        }
    }
}

/// What an operator has said of a node.
public enum NodeOrder: String, Sendable, Hashable, CaseIterable {
    /// It is used when it is trusted.
    case ready
    /// It gets nothing new; what it has begun ends.
    case drain
    /// As drained, and it is not checked either: it may be away.
    case maintenance
}
