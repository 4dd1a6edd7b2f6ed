/// A server is left alone from now on, or asked again.
public struct MemcachedChange: Hashable, Sendable, CustomStringConvertible {
    /// The server.
    public let address: ServerAddress
    /// Why it is left alone; `nil` when it is asked again.
    public let fault: MemcachedFault?

    /// What an operator reads; what the server was shown is not in it.
    public var description: String {
        guard let fault else { return "memcached \(address) is asked again" }
        return "memcached \(address) is left alone until it answers: \(fault.sentence)"
    }
}

extension MemcachedFault {
    /// What is wrong, for an operator.
    var sentence: String {
        switch self {
        case .unauthorized: "it does not take the user and the password that it is shown, or wants some (\(self))"
        case .unreachable: "it cannot be connected to (\(self))"
        case .timedOut: "it does not answer in time (\(self))"
        case .closed: "it ends connections (\(self))"
        case .malformed: "what it says is not memcached's protocol (\(self))"
        case .noServers, .badKey, .leftAlone, .full, .refused: "\(self)"
        }
    }
}
