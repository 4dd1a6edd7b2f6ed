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
    private var accounts: [String: Account] = [:]

    /// How many sources it knows.
    var count: Int { accounts.count }

    init(burst: Int, perSecond: Int, sources: Int) {
        (self.burst, self.perSecond, limit) = (Double(max(1, burst)), Double(max(0, perSecond)), max(1, sources))
    }

    /// Whether a source may try.
    func admits(_ source: String, at now: MonotonicInstant) -> Bool {
        accounts[source].map { left($0, at: now) >= 1 } ?? true
    }

    /// A try of a source's has found nothing.
    ///
    /// Those that were under way together may cost more than there was, up to as much again.
    mutating func charge(_ source: String, at now: MonotonicInstant) {
        let tries = accounts[source].map { left($0, at: now) } ?? burst
        if accounts[source] == nil { makeRoom(at: now) }
        accounts[source] = Account(tries: max(tries - 1, -burst), since: now)
    }

    private func left(_ account: Account, at now: MonotonicInstant) -> Double {
        let seconds = max(Double((now - account.since).wholeNanoseconds) / 1e9, 0)
        return min(burst, account.tries + seconds * perSecond)
    }

    /// Forgets those who have all their tries again; and everybody, where nobody has.
    private mutating func makeRoom(at now: MonotonicInstant) {
        guard accounts.count >= limit else { return }
        accounts = accounts.filter { left($1, at: now) < burst }
        if accounts.count >= limit { accounts = [:] }
    }
}
