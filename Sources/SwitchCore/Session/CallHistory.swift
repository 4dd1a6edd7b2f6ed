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

    /// An extension that the dialplan found, and how far the channel came in it.
    public struct Passage: Sendable {
        /// The extension.
        public let route: DialplanRoute
        /// The number that was asked for.
        public let number: String
        /// The dialplan engine that was asked.
        public let dialplan: String
        /// The index of the action that ran last; `nil` before the first.
        public fileprivate(set) var lastExecuted: Int?
        /// The extensions that ran as subroutines of it (`execute_extension`), in the order in which they began.
        public fileprivate(set) var subroutines: [Passage] = []

        /// The application that ran last.
        public var lastApplication: String? {
            lastExecuted.flatMap { route.actions.indices.contains($0) ? route.actions[$0].application : nil }
        }

        fileprivate init(_ route: DialplanRoute, _ profile: CallerProfile) {
            (self.route, number, dialplan) = (route, profile.destinationNumber, profile.dialplan)
        }
    }

    /// Which passage of which caller profile.
    package struct Place {
        fileprivate let profileIndex: Int
        /// Among the subroutines; `nil` for the profile's own extension.
        fileprivate let subroutine: Int?
    }

    /// How many applications, holds, other parties and subroutines of a profile are remembered; the later ones are not.
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
    /// The profiles of the channels that this one has made, whether or not they answered, likewise.
    public private(set) var originations: [(profileIndex: Int, profile: CallerProfile)] = []

    /// The figures of the audio, once the channel has ended.
    public package(set) var statistics: MediaStatistics?

    private var passages: [Int: Passage] = [:]

    /// Nothing has happened yet.
    package init() {}

    /// Whether the channel was made by another one: the "B leg".
    public var isCalledLeg: Bool { originator != nil }

    /// The extension that the dialplan found for a caller profile.
    public func passage(ofProfile index: Int) -> Passage? { passages[index] }

    /// The channel begins with the extension of its profile.
    @discardableResult
    package mutating func notePassage(_ route: DialplanRoute, of profile: CallerProfile) -> Place {
        passages[profile.index] = Passage(route, profile)
        return Place(profileIndex: profile.index, subroutine: nil)
    }

    /// The channel begins with an extension as a subroutine; `nil` when there were too many.
    ///
    /// - Parameter profile: What the dialplan was asked with.
    package mutating func noteSubroutine(_ route: DialplanRoute, of profile: CallerProfile) -> Place? {
        guard let count = passages[profile.index]?.subroutines.count, count < Self.limit else { return nil }
        passages[profile.index]?.subroutines.append(Passage(route, profile))
        return Place(profileIndex: profile.index, subroutine: count)
    }

    /// The channel begins with the action of this index.
    package mutating func noteStep(_ index: Int, at place: Place) {
        if let subroutine = place.subroutine {
            passages[place.profileIndex]?.subroutines[subroutine].lastExecuted = index
        } else {
            passages[place.profileIndex]?.lastExecuted = index
        }
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

    package mutating func noteOrigination(_ profile: CallerProfile, ofProfile index: Int) {
        guard originations.count < Self.limit else { return }
        originations.append((index, profile))
    }
}
