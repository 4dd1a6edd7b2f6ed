/// Why a server did not answer.
public enum MemcachedFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// No servers are named.
    case noServers
    /// The key cannot be one.
    case badKey
    /// It could not be connected to, or not in time.
    case unreachable
    /// It did not answer in time.
    case timedOut
    /// It ended the connection.
    case closed
    /// It sent what is no reply, or not the reply to the command.
    case malformed
    /// It failed again and again, and is left alone for the moment.
    case leftAlone
    /// It does not take the user and the password that it was shown.
    case unauthorized
    /// Too much is on its way to it already.
    case full
    /// It refused.
    case refused(MemcachedOutcome)

    /// Whether a command that failed so may have reached the server, which may carry it out late.
    var mayHaveArrived: Bool {
        switch self {
        case .timedOut, .closed, .malformed: true
        case .noServers, .badKey, .unreachable, .leftAlone, .unauthorized, .full, .refused: false
        }
    }

    /// As libmemcached words it, which programs look at.
    public var description: String {
        switch self {
        case .noServers: "NO SERVERS DEFINED"
        case .badKey: "A BAD KEY WAS PROVIDED/CHARACTERS OUT OF RANGE"
        case .unreachable: "CONNECTION FAILURE"
        case .timedOut: "A TIMEOUT OCCURRED"
        case .closed: "CONNECTION FAILURE"
        case .malformed: "PROTOCOL ERROR"
        case .leftAlone: "SERVER HAS FAILED AND IS DISABLED UNTIL TIMED RETRY"
        case .unauthorized: "AUTHENTICATION FAILURE"
        case .full: "SERVER IS MARKED DEAD"
        case .refused(.notFound): "NOT FOUND"
        case .refused(.notStored): "NOT STORED"
        case .refused(.exists): "CONNECTION DATA EXISTS"
        case .refused(.serverError(let text)) where text.contains("too large"): "ITEM TOO BIG"
        case .refused(.serverError): "SERVER ERROR"
        case .refused: "CLIENT ERROR"
        }
    }
}
