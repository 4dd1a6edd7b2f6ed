import Base
import Telemetry

/// Which users came from where, each told once in a while: phones register more often than they look names up.
struct ArrivalRegister: Sendable {
    /// How many are remembered; more are not told of.
    static let limit = 20_000
    /// For how long the same is not told again.
    static let pause = Duration.seconds(30)

    private var told: [NetworkArrival: MonotonicInstant] = [:]
    private var news: [(arrival: NetworkArrival, seen: MonotonicInstant)] = []

    /// Somebody has come.
    mutating func note(_ arrival: NetworkArrival, at now: MonotonicInstant) {
        if let last = told[arrival], now - last < Self.pause { return }
        guard told[arrival] != nil || told.count < Self.limit else { return }
        told[arrival] = now
        news.append((arrival, now))
    }

    /// What nobody was told of yet, with how many seconds ago it was.
    mutating func takeNews(at now: MonotonicInstant) -> [(arrival: NetworkArrival, age: Int)] {
        defer { news = [] }
        return news.map { ($0.arrival, Int(clamping: (now - $0.seen).wholeMilliseconds / 1000)) }
    }

    /// Forgets what may be told again.
    mutating func expire(at now: MonotonicInstant) {
        told = told.filter { now - $0.value < Self.pause }
    }
}
