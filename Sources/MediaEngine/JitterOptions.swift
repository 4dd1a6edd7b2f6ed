/// How what arrives is delayed, so that packets that come unevenly can go on evenly.
public struct JitterOptions: Hashable, Sendable {
    /// The delay at the beginning, in milliseconds.
    public var milliseconds: Int
    /// The longest delay that late packets may make of it.
    public var maximumMilliseconds: Int
    /// Whether bridged streams are delayed too; else what is relayed goes on as it comes.
    public var delaysBridges: Bool
    /// Whether packets go on as they come for the time being.
    public var isPaused = false

    /// The longest delay of all.
    public static let limit = 2000

    /// A delay; lengths beyond the limit are cut.
    public init(milliseconds: Int, maximumMilliseconds: Int, delaysBridges: Bool = false) {
        self.milliseconds = min(max(milliseconds, 10), Self.limit)
        self.maximumMilliseconds = min(max(maximumMilliseconds, self.milliseconds), Self.limit)
        self.delaysBridges = delaysBridges
    }
}
