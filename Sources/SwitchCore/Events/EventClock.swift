import Synchronization

/// The headers that every event begins with, kept for as long as they stay the same: a second.
final class EventClock: Sendable {
    private struct State {
        var second = Int64.min
        var headers: [(name: String, value: String)] = []
    }

    private let state = Mutex(State())

    /// The headers for this second; `make` gives those that are not about time.
    func headers(
        at microseconds: Int64,
        make: () -> [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        let second = microseconds / 1_000_000
        if let kept = state.withLock({ $0.second == second ? $0.headers : nil }) { return kept }
        let utc = BrokenDownTime(secondsSinceEpoch: Int(second))
        let local = BrokenDownTime(secondsSinceEpoch: Int(second))
        let headers =
            make() + [
                (name: "Event-Date-Local", value: local.dateAndTime), (name: "Event-Date-GMT", value: utc.httpDate),
            ]
        state.withLock { ($0.second, $0.headers) = (second, headers) }
        return headers
    }
}

extension BrokenDownTime {
    /// `2026-01-31 07:08:09`.
    public var dateAndTime: String {
        "\(year)-\(Self.two(month))-\(Self.two(day)) \(Self.two(hour)):\(Self.two(minute)):\(Self.two(second))"
    }

    /// `Sat, 31 Jan 2026 07:08:09 GMT` (RFC 9110 §5.6.7), for a moment in UTC.
    var httpDate: String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard days.indices.contains(weekday - 1), months.indices.contains(month - 1) else { return "" }
        return "\(days[weekday - 1]), \(Self.two(day)) \(months[month - 1]) \(year) "
            + "\(Self.two(hour)):\(Self.two(minute)):\(Self.two(second)) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
