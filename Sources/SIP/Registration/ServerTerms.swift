/// What the word of a server counts for that keeps something of ours: a registrar, a notifier.
enum ServerTerms {
    /// The longest that it can keep something, in seconds.
    static let grantLimit = 604_800
    /// The longest that it can have us wait by Retry-After, in seconds.
    static let retryAfterLimit = 3600

    /// How long to leave it alone after a failure: the usual time or what Retry-After says, and up to a tenth more.
    ///
    /// Not all who lost a server are to come back to it at once.
    static func wait(_ usual: Int, orAfter least: Int, using random: inout TokenSource) -> Duration {
        let wait = max(usual, min(least, retryAfterLimit))
        return Duration.seconds(wait) + .milliseconds(Int64(random.next() % UInt64(wait * 100 + 1)))
    }
}
