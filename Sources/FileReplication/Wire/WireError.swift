/// Why bytes of a peer, or of a store, are nothing that there is.
public enum WireError: Error, Hashable, Sendable {
    /// They end too early.
    case tooShort
    /// Something follows the end.
    case tooLong
    /// A version of the protocol that is not known here.
    case unknownVersion
    /// A kind of message that is not known here.
    case unknownMessage
    /// A number beyond its limit, or one that is not written in the shortest way.
    case wrongNumber
    /// A count or length beyond its limit.
    case tooMany
    /// Bytes that are no path.
    case wrongPath
    /// A text that is not UTF-8, or is not allowed to be so.
    case wrongText
    /// A value that there is not.
    case wrongValue
    /// Elements out of their order, or twice.
    case wrongOrder
}
