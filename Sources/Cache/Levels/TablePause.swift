/// How long a table is left alone that cannot be used.
struct TablePause: Sendable {
    /// How long at most one is that lets nobody read or write it: each attempt is an error in somebody's log.
    static let longest = Duration.seconds(600)

    private let settings: CacheSettings
    private var lastRefusal = Duration.zero

    init(_ settings: CacheSettings) {
        self.settings = settings
    }

    /// How long it is left alone after a use of it, which went well or not.
    mutating func after(_ fault: ForgetTableFault?) -> Duration {
        guard let fault else {
            lastRefusal = .zero
            return .zero
        }
        guard !fault.isOfTheMoment else { return fault.takesTime ? settings.refusalPause : settings.tablePause }
        lastRefusal = min(max(lastRefusal * 2, settings.refusalPause), Self.longest)
        return lastRefusal
    }
}
