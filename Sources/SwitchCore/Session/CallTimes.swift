/// When the steps of a call happened, in microseconds since 1970; 0 where they have not.
public struct CallTimes: Sendable {
    /// When the channel was made.
    public var created: Int64 = 0
    /// When this caller profile was made.
    public var profileCreated: Int64 = 0
    /// When the call was answered.
    public var answered: Int64 = 0
    /// When it began to ring.
    public var progress: Int64 = 0
    /// When early media began.
    public var progressMedia: Int64 = 0
    /// When it was bridged.
    public var bridged: Int64 = 0
    /// When it ended.
    public var hungUp: Int64 = 0
    /// When it was transferred.
    public var transferred: Int64 = 0
    /// When it was last put on hold.
    public var lastHold: Int64 = 0
    /// How long it was on hold altogether, in microseconds.
    public var holdAccumulated: Int64 = 0

    /// Nothing has happened yet.
    public init() {}

    /// The times of the caller profile that a transfer makes: the channel's go on, the profile's begin anew.
    func ofNextProfile(at now: Int64) -> CallTimes {
        var times = self
        times.profileCreated = now
        (times.bridged, times.transferred, times.lastHold, times.holdAccumulated) = (0, 0, 0, 0)
        return times
    }

    /// A time by the caller-profile field's name.
    func field(_ name: String) -> Int64? {
        switch name {
        case "created_time": created
        case "profile_created_time": profileCreated
        case "answered_time": answered
        case "progress_time": progress
        case "progress_media_time": progressMedia
        case "hungup_time": hungUp
        case "transferred_time": transferred
        default: nil
        }
    }

    /// The channel's times as the `Caller-…` headers of events name them.
    var eventHeaders: [(String, Int64)] {
        [
            ("Profile-Created-Time", profileCreated), ("Channel-Created-Time", created),
            ("Channel-Answered-Time", answered), ("Channel-Progress-Time", progress),
            ("Channel-Progress-Media-Time", progressMedia), ("Channel-Hangup-Time", hungUp),
            ("Channel-Transfer-Time", transferred), ("Channel-Resurrect-Time", 0),
            ("Channel-Bridged-Time", bridged), ("Channel-Last-Hold", lastHold),
            ("Channel-Hold-Accum", holdAccumulated),
        ]
    }
}
