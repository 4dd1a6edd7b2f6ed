public import NIOCore

/// How a client goes about its requests.
public struct HTTPClientSettings: Sendable {
    /// How long connecting may take, however much time there is for the whole.
    public var connectTimeout = Duration.seconds(30)
    /// How many bytes the body of an answer may have.
    public var answerBytes = 1 << 20
    /// How many connections are kept for further requests when nothing is on them; none by default.
    public var idleConnections = 0
    /// How long they are kept: less than servers usually do, so that few requests meet a connection that is ending.
    public var idleTime = Duration.seconds(15)
    /// The address that connections come from; whichever the system takes when `nil`.
    public var localAddress: SocketAddress?
    /// Whether the server is asked first if it wants a body that is longer than ``expectationBytes`` (RFC 9110 §10.1.1).
    public var expectsContinue = false
    /// The cookies that servers set and get back; `nil` when they are not kept.
    public var cookies: CookieJar?

    /// How long a body has to be for the server to be asked first.
    static let expectationBytes = 1024
    /// How long the server may take to say that it wants the body; then it gets it.
    static let expectationTime = TimeAmount.seconds(1)

    /// A connection for each request.
    public init() {}
}
