public import Base

/// A line that is kept as it is.
public struct SDPLine: Hashable, Sendable {
    /// The letter before `=`.
    public var type: UInt8
    /// The text after `=`.
    public var value: String

    /// A line of a letter and a text.
    public init(type: UInt8, value: String) {
        (self.type, self.value) = (type, value)
    }
}

/// Who made a description and which version it is: the `o=` line.
///
/// RFC 4566 §5.2. The numbers stay text: peers send more digits than any integer holds.
public struct SDPOrigin: Hashable, Sendable {
    /// The user name, `-` where there is none.
    public var username: String
    /// The session identifier.
    public var sessionID: String
    /// The version of the description.
    public var sessionVersion: String
    /// The address of the host that made the description.
    public var connection: SDPConnection

    /// An origin of these parts.
    public init(username: String, sessionID: String, sessionVersion: String, connection: SDPConnection) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.connection = connection
    }
}

/// A network type, address type and address: the `c=` line and the end of `o=` (RFC 4566 §5.7).
public struct SDPConnection: Hashable, Sendable {
    /// The network type: `IN` is the only one in use.
    public var networkType: String
    /// The address type: `IP4` or `IP6`.
    public var addressType: String
    /// The address, without what follows a slash; a host name is possible.
    public var host: String
    /// What follows the slash of a multicast address: time to live, number of addresses.
    public var suffix: String?

    /// A connection of these parts.
    public init(networkType: String, addressType: String, host: String, suffix: String? = nil) {
        self.networkType = networkType
        self.addressType = addressType
        self.host = host
        self.suffix = suffix
    }

    /// The connection of an internet address.
    public init(_ address: IPAddress) {
        self.init(
            networkType: "IN",
            addressType: address.family == .v4 ? "IP4" : "IP6",
            host: address.description
        )
    }

    /// The address, unless it is a host name.
    public var address: IPAddress? { IPAddress(host) }
}

/// An `a=` line.
public struct SDPAttribute: Hashable, Sendable {
    /// The text up to the colon; names are compared with case (RFC 4566 §5.13).
    public var name: String
    /// The text after the colon; `nil` for a flag such as `a=sendonly`.
    public var value: String?

    /// An attribute of a name and a value.
    public init(_ name: String, _ value: String? = nil) {
        (self.name, self.value) = (name, value)
    }
}

extension [SDPAttribute] {
    /// The value of the first attribute of a name; an empty text for a flag.
    public func first(_ name: String) -> String? {
        first { $0.name == name }.map { $0.value ?? "" }
    }

    /// The direction, if one is named; the last one counts where several are.
    public var direction: MediaDirection? {
        for attribute in reversed() where attribute.value == nil {
            if let direction = MediaDirection(rawValue: attribute.name) { return direction }
        }
        return nil
    }
}
