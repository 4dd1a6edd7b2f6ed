/// The method of a request, or of the request that a response answers; compared with case (RFC 3261 §7.1).
public enum SIPMethod: Hashable, Sendable {
    case invite, ack, bye, cancel, options, register
    case prack, update, info, message, subscribe, notify, refer, publish
    /// A method that this switch has no own rules for.
    case other(String)

    static let known: [SIPMethod] = [
        .invite, .ack, .bye, .cancel, .options, .register,
        .prack, .update, .info, .message, .subscribe, .notify, .refer, .publish,
    ]

    /// The method of that name; names are compared with case.
    public init(_ name: String) {
        self = Self.known.first { $0.name == name } ?? .other(name)
    }

    /// The method's name as it is sent.
    public var name: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .options: "OPTIONS"
        case .register: "REGISTER"
        case .prack: "PRACK"
        case .update: "UPDATE"
        case .info: "INFO"
        case .message: "MESSAGE"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .refer: "REFER"
        case .publish: "PUBLISH"
        case .other(let name): name
        }
    }
}

extension SIPMethod: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}
