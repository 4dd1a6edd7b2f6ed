/// Why there was no answer.
public enum HTTPFault: Error, Equatable, CustomStringConvertible {
    /// It took too long.
    case timedOut
    /// There is no connection to the server, for this reason.
    case unreachable(String)
    /// The connection ended first.
    case closedEarly
    /// The answer's body has more than so many bytes.
    case answerTooLong(Int)
    /// The client has no certificates to trust.
    case withoutTLS
    /// The server sends the client on and on.
    case tooManyRedirects
    /// The server sends the client to what is no URL.
    case redirectedNowhere
    /// The server sends the client from a connection that is encrypted to one that is not.
    case redirectedInClear
    /// The server sends a client that shows who it is to somebody else.
    case redirectedElsewhere

    /// For a log.
    public var description: String {
        switch self {
        case .timedOut: "no answer in time"
        case .unreachable(let reason): "no connection: \(reason)"
        case .closedEarly: "the connection ended before the answer"
        case .answerTooLong(let limit): "the answer has more than \(limit) bytes"
        case .withoutTLS: "https is not possible without certificates of authorities"
        case .tooManyRedirects: "more than \(Redirection.limit) redirections"
        case .redirectedNowhere: "redirected to what is no URL"
        case .redirectedInClear: "redirected from https to http, which is not followed"
        case .redirectedElsewhere: "redirected to another host, which is not followed with credentials"
        }
    }
}
