/// What goes over a connection: a kind, a number, and some bytes.
///
/// Eight bytes are before them: the kind, flags, the number of a folder in the sender's list (two bytes) and how many bytes
/// follow (four bytes), the highest byte first.
struct PeerFrame: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        /// Who speaks, and of which folders: the first frame.
        case hello = 1
        /// A part of a message about a folder.
        case message
        /// That so many more bytes about a folder may come.
        case credit
        /// How fast the receiver wants things.
        case rates
        /// Are you there?
        case ping
        /// Yes.
        case pong
        /// Why the connection ends.
        case goodbye
    }

    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        static let last = Flags(rawValue: 1)
        /// The message begins with how long it is when it is unpacked.
        static let packed = Flags(rawValue: 2)
        /// Two bits: a ``SendLane``.
        static let laneShift: UInt8 = 4
        static let laneMask: UInt8 = 3
    }

    /// How long the head is, in bytes.
    static let headLength = 8
    /// How many bytes follow at most: with the head, four whole records of TLS.
    static let maximumPayload = 65_536 - headLength

    var kind: Kind
    var flags: Flags = []
    var folder: UInt16 = 0
    var payload: ArraySlice<UInt8>

    init(_ kind: Kind, flags: Flags = [], folder: UInt16 = 0, _ payload: ArraySlice<UInt8> = []) {
        (self.kind, self.flags, self.folder, self.payload) = (kind, flags, folder, payload)
    }

    /// What is before the bytes.
    var head: [UInt8] {
        let count = UInt32(truncatingIfNeeded: payload.count)
        return [
            kind.rawValue, flags.rawValue, UInt8(folder >> 8), UInt8(folder & 0xFF), UInt8(count >> 24),
            UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF),
        ]
    }

    /// What it takes of what a peer may send: more than its bytes, so that many small ones do not fill the memory.
    var cost: Int { payload.count + Self.costOfOne }
    static let costOfOne = 128

    /// How many bytes it has, those of TLS included.
    var wireCount: Int { Self.wireCount(payload.count) }

    /// How many bytes a frame has with so many that follow: TLS 1.3 adds 22 to each 16,384 (RFC 8446 §5.2).
    static func wireCount(_ payload: Int) -> Int {
        let plain = payload + headLength
        return plain + (plain + 16_383) / 16_384 * 22
    }
}

/// Takes frames out of the bytes that a peer sends, in whatever pieces they come.
struct FrameReader: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Takes bytes in.
    mutating func append(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next frame; `nil` when it is not there as a whole.
    mutating func next() throws(PeerFault) -> PeerFrame? {
        guard bytes.count - start >= PeerFrame.headLength else { return nil }
        let head = bytes[start..<(start + PeerFrame.headLength)]
        let field = { (from: Int, count: Int) in head.dropFirst(from).prefix(count).reduce(0) { $0 << 8 | Int($1) } }
        let (kind, length) = (UInt8(field(0, 1)), field(4, 4))
        guard let known = PeerFrame.Kind(rawValue: kind) else { throw .unexpectedFrame(kind) }
        guard length <= PeerFrame.maximumPayload else { throw .frameTooLong(length) }
        let end = start + PeerFrame.headLength + length
        guard bytes.count >= end else { return nil }
        defer { start = end }
        return PeerFrame(
            known,
            flags: PeerFrame.Flags(rawValue: UInt8(field(1, 1))),
            folder: UInt16(field(2, 2)),
            bytes[(start + PeerFrame.headLength)..<end]
        )
    }
}
