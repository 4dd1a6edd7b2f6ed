import Base

/// Whether a gateway answers OPTIONS: when to ask, and how many answers mean that it is there.
///
/// The count goes up with an answer, to `ping-max` at most, and down without one. A gateway is up from `ping-min` on, and
/// down below that; without both, one answer is enough for either.
struct GatewayPing: Sendable {
    private let interval: Duration
    private let minimum: Int
    private let maximum: Int
    /// Answers, less those that did not come.
    private(set) var count = 0
    /// Whether an answer is waited for.
    private(set) var isPending = false
    /// When to ask next.
    private(set) var next: MonotonicInstant
    /// How long the last answer took.
    private(set) var time = Duration.zero
    private var sent = MonotonicInstant.zero

    init(_ configuration: GatewayConfiguration.Pinging, at now: MonotonicInstant) {
        interval = .seconds(configuration.interval)
        maximum = max(configuration.maximum, configuration.minimum, 1)
        minimum = max(configuration.minimum, 1)
        next = now + interval
    }

    /// Whether it is time to ask.
    func isDue(at now: MonotonicInstant) -> Bool { !isPending && next <= now }

    /// A question went out.
    mutating func asked(at now: MonotonicInstant) {
        (isPending, sent) = (true, now)
    }

    /// The answer to a question, or that none came.
    ///
    /// - Returns: Whether the gateway is up now.
    mutating func answered(_ status: Int?, isUp: Bool, at now: MonotonicInstant) -> Bool {
        guard isPending else { return isUp }
        (isPending, next) = (false, now + interval)
        guard Self.isAlive(status) else {
            count = max(count - 1, 0)
            return isUp && count >= minimum
        }
        time = now - sent
        count = min(count + 1, maximum)
        return isUp || count >= minimum
    }

    /// Whoever does not like OPTIONS is there, and whoever has no time is not.
    private static func isAlive(_ status: Int?) -> Bool {
        switch status {
        case nil, 408: false
        case let status?: status < 500 || status == 501 || status >= 600
        }
    }
}
