import Base

/// How often each source may ask for what there is not: whoever tries names one after the other is not looked up for.
///
/// A source has so many tries, and gets some back every second; a try that finds something is given back.
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
    mutating func take(_ source: String, at now: MonotonicInstant) -> Bool {
        var account = accounts[source] ?? Account(tries: burst, since: now)
        let seconds = max(Double((now - account.since).wholeNanoseconds) / 1e9, 0)
        account.tries = min(burst, account.tries + seconds * perSecond)
        account.since = now
        let isAdmitted = account.tries >= 1
        if isAdmitted { account.tries -= 1 }
        if accounts[source] == nil { makeRoom(at: now) }
        accounts[source] = account
        return isAdmitted
    }

    /// The try has found something.
    mutating func giveBack(_ source: String) {
        guard let account = accounts[source] else { return }
        accounts[source]?.tries = min(burst, account.tries + 1)
    }

    /// Forgets those who have all their tries again; and everybody, where nobody has.
    private mutating func makeRoom(at now: MonotonicInstant) {
        guard accounts.count >= limit else { return }
        accounts = accounts.filter { _, account in
            account.tries + max(Double((now - account.since).wholeNanoseconds) / 1e9, 0) * perSecond < burst
        }
        if accounts.count >= limit { accounts = [:] }
    }
}
