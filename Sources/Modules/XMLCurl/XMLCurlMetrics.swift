import Base
import SwitchCore

/// What is counted of the bindings.
enum XMLCurlMetrics {
    /// The names that they are registered under.
    static let keys = [
        "xml_curl_questions", "xml_curl_seconds", "xml_curl_breaker_state", "xml_curl_in_flight", "xml_curl_waiting",
    ]

    static func all(_ statuses: @escaping @Sendable () -> [GatewayStatus]) -> [(String, Metric)] {
        func metric(
            _ key: String,
            _ kind: Metric.Kind,
            _ help: String,
            _ value: @escaping @Sendable (GatewayStatus) -> Double
        ) -> (String, Metric) {
            let read: @Sendable () async -> [Metric.Sample] = {
                statuses().map { Metric.Sample(value($0), [("binding", $0.gateway.name)]) }
            }
            return (key, Metric(key, kind, help, read: read))
        }
        let questions = Metric("xml_curl_questions", .counter, "Questions to web servers, by what became of them.") {
            statuses().flatMap { status in
                FetchOutcome.allCases.map { outcome in
                    Metric.Sample(
                        Double(status.counts[outcome] ?? 0),
                        [("binding", status.gateway.name), ("outcome", outcome.rawValue)]
                    )
                }
            }
        }
        return [
            (keys[0], questions),
            metric(keys[1], .counter, "Time that web servers took for their answers.") { $0.time / .seconds(1) },
            metric(keys[2], .gauge, "Circuit breakers: 0 closed, 1 half open, 2 open.") { $0.breaker.number },
            metric(keys[3], .gauge, "Questions that are on their way to web servers.") { Double($0.inside) },
            metric(keys[4], .gauge, "Questions that wait to be sent to web servers.") { Double($0.waiting) },
        ]
    }
}

extension CircuitBreaker.State {
    /// How the metric tells it.
    fileprivate var number: Double {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }

    /// How an operator is told.
    var word: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half-open"
        case .open: "open"
        }
    }
}
