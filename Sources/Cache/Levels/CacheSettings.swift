/// How long things are kept, and how many.
public struct CacheSettings: Hashable, Sendable {
    /// How long something counts after it was loaded.
    public var lifetime = Duration.seconds(3600)
    /// By how much of it lifetimes differ, so that what was loaded together is not loaded again together.
    public var jitter = 0.1
    /// How long it counts that there is nothing.
    public var negativeLifetime = Duration.seconds(10)
    /// How long memory is believed before the servers are asked again; they may have been told to forget by programs that
    /// tell nobody else.
    public var memoryLifetime = Duration.seconds(60)
    /// How long something is given after its lifetime while it is loaded again beside.
    public var staleWhileRevalidating = Duration.seconds(60)
    /// How long something is given after its lifetime when it cannot be loaded.
    public var staleOnError = Duration.seconds(24 * 3600)
    /// How long whoever asks waits for something to be loaded, where there is something that may be given instead.
    public var sparePatience = Duration.milliseconds(100)
    /// After how long loading is tried again then.
    public var errorPause = Duration.seconds(1)
    /// How long after something was forgotten a source may give what was true before, as a database node that is behind
    /// does: what is loaded meanwhile counts for a moment only.
    public var settling = Duration.zero
    /// How long that moment is.
    public var settlingLifetime = Duration.seconds(1)
    /// How many things memory has.
    public var entries = 20_000
    /// How much they may be together, in bytes, as far as that is known.
    public var bytes = 256 << 20
    /// How many things memory has whose names callers choose, such as the numbers that they call; of the bytes, an eighth.
    public var callerEntries = 1_000
    /// How many things memory knows to be nothing.
    public var negativeEntries = 10_000
    /// How many things may be loaded at the same time.
    public var loads = 10_000
    /// How many of them for one source.
    public var loadsOfSource = 1_000
    /// How many things may be on their way to the servers, after whoever asked has been answered.
    public var stores = 1_000
    /// How many things in a row a source may ask for that there are not.
    public var unknownBurst = 100
    /// How many more of them it may ask for every second.
    public var unknownPerSecond = 10
    /// How many things in a row calls from one source may ask for that there are not.
    public var unknownCalledBurst = 1_000
    /// How many more of them every second.
    public var unknownCalledPerSecond = 100
    /// How many things in a row all sources together may ask for that there are not, those that are not known too.
    public var unknownTotalBurst = 5_000
    /// How many more of them every second.
    public var unknownTotalPerSecond = 500
    /// What may be set of how many in a row.
    public static let unknownBursts = 1...1_000_000
    /// What may be set of how many more every second.
    public static let unknownRates = 0...1_000_000
    /// How many sources are watched.
    public var sources = 10_000
    /// How long one of several processes may load something for all of them.
    public var lockTime = Duration.seconds(5)
    /// How long the others wait for it.
    public var lockWait = Duration.milliseconds(500)
    /// How often the servers are asked what others forgot: in so long it is forgotten here; a table is told as often, too.
    public var logInterval = Duration.milliseconds(200)
    /// How long a table is left alone that is away.
    public var tablePause = Duration.seconds(1)
    /// How long one is that takes nothing for some time, and at first one that lets nobody read or write it.
    public var refusalPause = Duration.seconds(10)

    /// What is usual.
    public init() {}

    /// How long generations are in the servers, in seconds: longer than anything that was stored with them.
    var generationSeconds: Int {
        let longest = lifetime * (1 + jitter) + staleOnError
        return MemcachedCommand.lasting(Int(longest / .seconds(1)) + 60)
    }
}
