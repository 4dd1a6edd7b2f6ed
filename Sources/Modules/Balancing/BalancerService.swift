public import DatabaseBalancer
public import HTTPTransport
import SwitchCore

/// What `tandem db-balancer` answers over HTTP: how the nodes are, what is counted, and orders for nodes.
public struct BalancerService: Sendable {
    /// The methods of the requests that it takes.
    public static let methods = ["GET", "HEAD", "POST"]

    private let balancers: Balancers
    private let places: @Sendable () -> [String]

    /// A service for these balancers.
    ///
    /// - Parameter places: Tells where they take connections at the moment.
    public init(_ balancers: Balancers, listeningAt places: @escaping @Sendable () -> [String]) {
        (self.balancers, self.places) = (balancers, places)
    }

    /// The page for a request.
    public func answer(_ request: HTTPRequest) async -> HTTPPage {
        let words = request.path.split(separator: "/").map { String($0) }
        let command = BalancerCommand(balancers)
        switch (request.method, words.first) {
        case ("POST", _) where words.count == 3:
            let text = command.answer(words)
            return HTTPPage(text.hasPrefix("+OK") ? .ok : .badRequest, text: text)
        case ("POST", _): return HTTPPage(.badRequest, "/drain/<balancer>/<node>, or maintenance, ready, writer")
        case (_, "status"): return HTTPPage(.ok, text: command.answer(["status"]))
        case (_, "metrics"): return await metrics()
        case (_, "healthz"): return health()
        default: return HTTPPage(.notFound, "there are /status, /metrics and /healthz")
        }
    }

    private func metrics() async -> HTTPPage {
        var families: [MetricFamily] = []
        for metric in BalancerMetrics.all(balancers) {
            families.append(MetricFamily(metric.name, metric.kind, metric.help, await metric.read()))
        }
        return HTTPPage(
            .ok,
            contentType: ExpositionText.contentType,
            text: ExpositionText.write(MetricFamily.merge(families))
        )
    }

    private func health() -> HTTPPage {
        let places = places().joined(separator: "\n")
        guard !places.isEmpty else { return HTTPPage(.serviceUnavailable, "nothing listens") }
        let isHealthy = balancers.all.allSatisfy { $0.status.nodes.contains { $0.trust == "trusted" } }
        return isHealthy
            ? HTTPPage(.ok, "ok\n\(places)") : HTTPPage(.serviceUnavailable, "a balancer has no node\n\(places)")
    }
}
