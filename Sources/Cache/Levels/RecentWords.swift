/// Words that were seen lately.
struct RecentWords: Sendable {
    /// How many there are on a shelf; the older of two is emptied when the other is full.
    private static let limit = 1000

    private var recent: Set<String> = []
    private var older: Set<String> = []

    /// Whether a word was not seen; it is from now on.
    mutating func isNew(_ word: String) -> Bool {
        guard !recent.contains(word) else { return false }
        let wasKnown = older.contains(word)
        if recent.count >= Self.limit { (older, recent) = (recent, []) }
        recent.insert(word)
        return !wasKnown
    }
}
