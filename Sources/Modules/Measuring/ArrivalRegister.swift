import Base
import Telemetry

/// Which users came from where, each told once in a while: phones register more often than they look names up.
struct ArrivalRegister: Sendable {
    /// How many are remembered, and wait to be told; those of longest ago go.
    static let limit = 20_000
    /// For how long the same is not told again.
    static let pause = Duration.seconds(30)
    /// What is older tells nobody anything: questions and those who come after them belong together within seconds.
    static let age = Duration.seconds(60)

    /// Those of lately, and those before them: both halves together are all that is remembered.
    private var (told, before): ([NetworkArrival: MonotonicInstant], [NetworkArrival: MonotonicInstant]) = ([:], [:])
    private var since = MonotonicInstant.zero
    private var news: [SeenArrival] = []

    /// Somebody has come.
    mutating func note(_ arrival: NetworkArrival, at now: MonotonicInstant) {
        if let last = told[arrival] ?? before[arrival], now - last < Self.pause { return }
        if told.count >= Self.limit / 2 || now - since >= Self.pause { (before, told, since) = (told, [:], now) }
        told[arrival] = now
        if news.count < Self.limit { news.append(SeenArrival(arrival, seen: now)) }
    }

    /// What nobody was told of yet.
    mutating func takeNews(at now: MonotonicInstant) -> [SeenArrival] {
        defer { news = [] }
        return news.filter { now - $0.seen < Self.age }
    }

    /// Nobody could be told of these.
    mutating func putBack(_ arrivals: [SeenArrival]) {
        news = arrivals.suffix(max(Self.limit - news.count, 0)) + news
    }
}
