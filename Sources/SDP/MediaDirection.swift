/// Which way media flows, as the describing side sees it (RFC 3264 §5.1, RFC 4566 §6).
public enum MediaDirection: String, Hashable, Sendable, CaseIterable {
    /// Sends and receives; the default where nothing is said.
    case sendRecv = "sendrecv"
    /// Only sends: what the other side hears as being put on hold.
    case sendOnly = "sendonly"
    /// Only receives.
    case recvOnly = "recvonly"
    /// Neither; RTCP may still flow.
    case inactive = "inactive"

    /// The direction that sends and receives as told.
    public init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendRecv : .sendOnly) : (receives ? .recvOnly : .inactive)
    }

    /// Whether the describing side sends.
    public var sends: Bool { self == .sendRecv || self == .sendOnly }

    /// Whether the describing side receives.
    public var receives: Bool { self == .sendRecv || self == .recvOnly }

    /// The same flow as the other side sees it.
    public var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

    /// What is left when both have to agree, both seen from the same side (RFC 3264 §6.1).
    public func limited(to other: MediaDirection) -> MediaDirection {
        MediaDirection(sends: sends && other.sends, receives: receives && other.receives)
    }
}
