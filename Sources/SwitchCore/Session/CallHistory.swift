public import MediaEngine

/// What happened on a channel, as far as its present state does not tell: for the reports after its end.
public struct CallHistory: Sendable {
    /// An application that was executed.
    public struct Execution: Sendable {
        /// The application.
        public let application: String
        /// Its data, expanded.
        public let data: String
        /// When it began, in microseconds since 1970.
        public let time: Int64
    }

    /// A time that the far end kept the call on hold.
    public struct Hold: Sendable {
        /// When it began, in microseconds since 1970.
        public let begin: Int64
        /// When it ended, at the latest with the call; 0 while it lasts.
        public fileprivate(set) var end: Int64 = 0
        /// The channel that it was bridged to.
        public let partner: String
    }

    /// How many applications, holds and called parties are remembered; the later ones are not.
    public static let limit = 1000

    /// The applications in the order in which they began.
    public private(set) var executions: [Execution] = []
    /// How many applications were executed beyond the limit.
    public private(set) var forgottenExecutions = 0
    /// The times on hold.
    public private(set) var holds: [Hold] = []
    /// The caller profile of the channel that made this one; `nil` for a call of its own, the "A leg".
    public package(set) var originator: CallerProfile?
    /// The profiles of the channels that this one was bridged to, with the index of the own profile at that time.
    public private(set) var originatees: [(profileIndex: Int, profile: CallerProfile)] = []

    /// The figures of the audio, once the channel has ended.
    public package(set) var statistics: MediaStatistics?

    private var routes: [Int: DialplanRoute] = [:]

    /// Nothing has happened yet.
    package init() {}

    /// Whether the channel was made by another one: the "B leg".
    public var isCalledLeg: Bool { originator != nil }

    /// The extension that the dialplan found for a caller profile.
    public func route(ofProfile index: Int) -> DialplanRoute? { routes[index] }

    package mutating func noteRoute(_ route: DialplanRoute, ofProfile index: Int) {
        routes[index] = route
    }

    package mutating func noteExecution(of application: String, _ data: String, at time: Int64) {
        guard executions.count < Self.limit else {
            forgottenExecutions += 1
            return
        }
        executions.append(Execution(application: application, data: data, time: time))
    }

    package mutating func noteHold(at time: Int64, with partner: String?) {
        guard holds.count < Self.limit else { return }
        holds.append(Hold(begin: time, partner: partner ?? ""))
    }

    package mutating func noteHoldEnded(at time: Int64) {
        guard let last = holds.indices.last, holds[last].end == 0 else { return }
        holds[last].end = time
    }

    mutating func noteOriginatee(_ profile: CallerProfile, ofProfile index: Int) {
        guard originatees.count < Self.limit else { return }
        originatees.append((index, profile))
    }
}
