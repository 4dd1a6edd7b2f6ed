public import Base

/// What a server answers, and within which limits.
public struct HTTPService: Sendable {
    /// The methods that it knows.
    public var methods: [String]
    /// What those who ask may cost.
    public var limits: HTTPServerLimits
    /// Answers a request.
    public var answer: @Sendable (HTTPRequest) async -> HTTPPage
    /// Hears of every answer, those to requests that were refused among them.
    public var note: (@Sendable (HTTPExchange) -> Void)?

    /// A service.
    public init(
        methods: [String] = ["GET", "HEAD"],
        limits: HTTPServerLimits = HTTPServerLimits(),
        note: (@Sendable (HTTPExchange) -> Void)? = nil,
        answer: @escaping @Sendable (HTTPRequest) async -> HTTPPage
    ) {
        (self.methods, self.limits, self.note, self.answer) = (methods, limits, note, answer)
    }
}

/// A request and its answer, as a log has them.
public struct HTTPExchange: Sendable {
    /// Who asked.
    public let remote: IPAddress?
    /// The method, `-` when there was no request to be understood.
    public let method: String
    /// What was asked for, as it came.
    public let target: String
    /// The status of the answer.
    public let status: Int
    /// How many bytes the answer's body has.
    public let length: Int
    /// How long the answer took, from the request's head on.
    public let time: Duration

    /// An exchange.
    public init(remote: IPAddress?, method: String, target: String, status: Int, length: Int, time: Duration) {
        (self.remote, self.method, self.target) = (remote, method, target)
        (self.status, self.length, self.time) = (status, length, time)
    }
}
