/// How much those who ask a server may cost it.
public struct HTTPServerLimits: Sendable {
    /// How many connections there may be of those who get answers.
    public var connections = 32
    /// How many there may be of those who are told that they get none.
    public var refusals = 8
    /// How many bytes a request may have: line, headers and body.
    public var requestBytes = 8192
    /// How many requests a connection may bring, one after the other.
    public var requests = 1
    /// How long a request, and then its answer, may take to be complete; also how long a connection may carry nothing.
    public var requestTime = Duration.seconds(10)
    /// How long a client may take to read the last answer and to close.
    public var lingerTime = Duration.seconds(5)

    /// The limits of a server that is asked a few times a minute, and by few.
    public init() {}
}
