import Base

/// What became of a question.
enum FetchOutcome: String, CaseIterable, Sendable {
    /// There was a document.
    case answered
    /// The document says that there is nothing.
    case notFound = "not_found"
    /// There was no answer, or none in time.
    case failed
    /// The server answered with another status than 200.
    case refused
    /// The server answered that this was asked too often (429).
    case limited
    /// The answer was no document.
    case malformed
    /// Too many questions were on their way, or this one waited too long to go.
    case busy
    /// The server is left alone.
    case skipped
    /// Whoever asked does not wait any more.
    case abandoned
}

/// Why a question was not answered.
struct FetchFault: Error {
    let outcome: FetchOutcome
    /// For the log.
    let reason: String
}

/// What a binding does and has done, at one moment.
struct GatewayStatus: Sendable {
    let gateway: Gateway
    let breaker: CircuitBreaker.State
    let counts: [FetchOutcome: Int]
    /// How long the server took for all answers together.
    let time: Duration
    let inside: Int
    let waiting: Int
    let idleConnections: Int
}
