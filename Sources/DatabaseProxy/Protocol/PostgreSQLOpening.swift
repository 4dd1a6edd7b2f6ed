/// The first message of a client of PostgreSQL, as far as it has come.
///
/// PostgreSQL's documentation, "Message Formats": a length of four bytes that counts itself, and a code of four.
package enum PostgreSQLOpening: Hashable {
    /// More bytes are needed.
    case incomplete
    /// It asks whether the connection can be encrypted (SSLRequest, GSSENCRequest).
    case encryption
    /// It asks to stop a statement of another connection, and expects no answer.
    case cancel
    /// It says who it is, and wants to begin.
    case startup
    /// It is no client of PostgreSQL.
    case foreign

    /// The longest message that a client may begin with, in bytes: the server's own limit.
    package static let lengthLimit = 10_000

    /// A process, and its secret: 4 bytes, and up to 256 with version 3.2 of the protocol.
    private static let cancelLengths: ClosedRange<UInt32> = 16...268

    /// What the bytes that have come are.
    package init(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= 8 else {
            self = .incomplete
            return
        }
        let length = Self.number(bytes.prefix(4))
        let code = Self.number(bytes.dropFirst(4).prefix(4))
        switch (length, code) {
        case (8, 80_877_103), (8, 80_877_104): self = .encryption
        case (Self.cancelLengths, 80_877_102): self = bytes.count < Int(length) ? .incomplete : .cancel
        case (8...UInt32(Self.lengthLimit), 196_608...196_863):
            self = bytes.count < Int(length) ? .incomplete : .startup
        default: self = .foreign
        }
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
