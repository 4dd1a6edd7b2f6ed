/// Which of its two languages a server is spoken to in.
public enum WireProtocol: String, CaseIterable, Sendable {
    /// Lines of words. What every server speaks that has no SASL.
    case text
    /// Frames with numbers. What a server with SASL wants (`memcached -S`).
    case binary

    /// What settings call them.
    public static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// What a new connection is asked first where nobody is to be named.
    ///
    /// A server that wants to know who asks refuses it. In the binary language it tells its version to everybody.
    var greeting: MemcachedCommand {
        switch self {
        case .text: .version
        case .binary: .get(["tandem"])
        }
    }

    /// What is sent.
    public func bytes(of command: MemcachedCommand) -> [UInt8] {
        switch self {
        case .text: command.bytes
        case .binary: command.binaryBytes
        }
    }

    /// What reads a server's replies, at the beginning of one.
    var reader: any MemcachedReplyReading {
        switch self {
        case .text: ReplyReader()
        case .binary: BinaryReplyReader()
        }
    }
}

/// Reads what a server sends, in pieces as they come.
public protocol MemcachedReplyReading: Sendable {
    /// Takes what has come.
    mutating func take(_ bytes: some Sequence<UInt8>)

    /// The next whole reply; `nil` until more has come.
    mutating func next() throws(ReplyReader.Fault) -> MemcachedReply?
}
