import Base
public import HTTPTransport

/// What the service asks of the server that it is behind.
extension HandlerService {
    /// A call's channel may have some hundreds of variables, a description of its media among them.
    private static let requestLimit = 1 << 20
    /// How many requests a connection may bring, so that clients come back to a server that was added beside.
    private static let requestsPerConnection = 1_000

    /// The limits of the server.
    public static func limits(clients: Int) -> HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.connections = clients
        limits.requestBytes = requestLimit
        limits.requests = requestsPerConnection
        limits.requestTime = .seconds(30)
        return limits
    }

    /// How much of a target is logged, in characters.
    private static let targetLimit = 200

    /// A request and its answer as a line of a log; what a client wrote cannot look like another line.
    public static func line(for exchange: HTTPExchange) -> String {
        // A GET has its fields in the target, which is long then, and may hold what is nobody's business.
        let target = exchange.target.prefix { $0 != "?" }.unicodeScalars.prefix(targetLimit)
            .map { ("!"..."~").contains($0) ? String($0) : "?" }.joined()
        let milliseconds = exchange.time / .milliseconds(1)
        return """
            \(exchange.remote.map { "\($0)" } ?? "-") \(exchange.method) \(target) \(exchange.status) \
            \(exchange.length) \(Int(milliseconds.rounded())) ms
            """
    }
}
