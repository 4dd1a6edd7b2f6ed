import Base

/// How often each source may ask for what there is not: whoever tries names one after the other is not looked up for.
///
/// A source has so many tries, and gets some back every second. Only a look-up that has found nothing costs one.
struct UnknownBudget: Sendable {
    private struct Account: Sendable {
        var tries: Double
        var since: MonotonicInstant
    }

    private let burst: Double
    private let perSecond: Double
    private let limit: Int
    private var recent: [String: Account] = [:]
    /// Those that have found something that is not there longer ago; they go when the others have become as many.
    private var older: [String: Account] = [:]

    /// How many sources it knows.
    var count: Int { recent.count + older.count }

    /// - Parameter sources: How many sources it knows at most; those go first that have found nothing for longest.
    init(burst: Int, perSecond: Int, sources: Int) {
        (self.burst, self.perSecond) = (Double(max(1, burst)), Double(max(0, perSecond)))
        limit = max(1, sources / 2)
    }

    /// Whether a source may try.
    func admits(_ source: String, at now: MonotonicInstant) -> Bool {
        account(source).map { left($0, at: now) >= 1 } ?? true
    }

    /// A try of a source's has found nothing.
    ///
    /// Those that were under way together may cost more than there was, up to as much again.
    mutating func charge(_ source: String, at now: MonotonicInstant) {
        let tries = account(source).map { left($0, at: now) } ?? burst
        older[source] = nil
        if recent[source] == nil, recent.count >= limit { (older, recent) = (recent, [:]) }
        recent[source] = Account(tries: max(tries - 1, -burst), since: now)
    }

    private func account(_ source: String) -> Account? { recent[source] ?? older[source] }

    private func left(_ account: Account, at now: MonotonicInstant) -> Double {
        let seconds = max(Double((now - account.since).wholeNanoseconds) / 1e9, 0)
        return min(burst, account.tries + seconds * perSecond)
    }
}
