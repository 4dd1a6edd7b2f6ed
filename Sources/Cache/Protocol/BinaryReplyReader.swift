/// Reads what a server sends in memcached's binary protocol, in pieces as they come: a core, without a socket.
///
/// A `get` and the statistics have a frame for each thing, and one that ends them; every other reply is one frame.
public struct BinaryReplyReader: MemcachedReplyReading {
    private struct Frame {
        let opcode: BinaryFrame.Opcode
        /// `nil` for one that is not known.
        let status: BinaryFrame.Status?
        let mark: UInt64
        let number: UInt64
        let extras: ArraySlice<UInt8>
        let key: ArraySlice<UInt8>
        let value: ArraySlice<UInt8>

        var keyText: String { String(decoding: key, as: UTF8.self) }
        var valueText: String { String(decoding: value.prefix(ReplyReader.lineLimit), as: UTF8.self) }
    }

    private var buffer: [UInt8] = []
    private var start = 0
    private var items: [MemcachedItem] = []
    private var statistics: [MemcachedStatistic] = []
    private var replyBytes = 0
    /// Why one of several things cannot be told; what ends them is still to come.
    private var refusal: MemcachedOutcome?

    /// A reader at the beginning of a reply.
    public init() {}

    /// Takes what has come.
    public mutating func take(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole reply; `nil` until more has come.
    public mutating func next() throws(ReplyReader.Fault) -> MemcachedReply? {
        while let frame = try frame() {
            if let reply = try read(frame) { return reply }
        }
        return nil
    }

    // MARK: - Frames

    private mutating func frame() throws(ReplyReader.Fault) -> Frame? {
        let rest = buffer[start...]
        guard let magic = rest.first else { return nil }
        guard magic == BinaryFrame.response else { throw .malformed }
        guard rest.count >= BinaryFrame.headLength else { return nil }
        func number(_ offset: Int, _ count: Int) -> UInt64 { rest.dropFirst(offset).prefix(count).bigEndian }
        guard let opcode = BinaryFrame.Opcode(rawValue: UInt8(truncatingIfNeeded: number(1, 1))) else {
            throw .malformed
        }
        // None of them has more than 32 bits.
        let (keyLength, extrasLength) = (Int(number(2, 2)), Int(number(4, 1)))
        let length = Int(number(8, 4))
        guard keyLength + extrasLength <= length else { throw .malformed }
        guard keyLength <= ReplyReader.lineLimit, length - keyLength - extrasLength <= ReplyReader.valueLimit else {
            throw .tooLong
        }
        let body = rest.dropFirst(BinaryFrame.headLength)
        guard body.count >= length else { return nil }
        start += BinaryFrame.headLength + length
        return Frame(
            opcode: opcode,
            status: BinaryFrame.Status(rawValue: UInt16(truncatingIfNeeded: number(6, 2))),
            mark: number(12, 4),
            number: number(16, 8),
            extras: body.prefix(extrasLength),
            key: body.dropFirst(extrasLength).prefix(keyLength),
            value: body.prefix(length).dropFirst(extrasLength + keyLength)
        )
    }

    private mutating func read(_ frame: Frame) throws(ReplyReader.Fault) -> MemcachedReply? {
        switch frame.opcode {
        case .getQuietly: return try add(itemIn: frame)
        case .statistics: return try add(statisticIn: frame)
        case .noOperation:
            guard statistics.isEmpty else { throw .malformed }
            defer { (items, replyBytes, refusal) = ([], 0, nil) }
            guard frame.status == .ok else { return .outcome(Self.outcome(of: frame)) }
            return refusal.map { .outcome($0) } ?? .items(items)
        default:
            guard items.isEmpty, statistics.isEmpty, refusal == nil else { throw .malformed }
            return try Self.single(frame)
        }
    }

    private mutating func add(itemIn frame: Frame) throws(ReplyReader.Fault) -> MemcachedReply? {
        guard statistics.isEmpty else { throw .malformed }
        switch frame.status {
        case .ok:
            replyBytes += frame.value.count
            guard items.count < ReplyReader.countLimit, replyBytes <= ReplyReader.replyLimit else { throw .tooLong }
            guard frame.extras.count == 4, !frame.key.isEmpty else { throw .malformed }
            let isNumbered = frame.mark == UInt64(BinaryFrame.numbered)
            let item = MemcachedItem(
                key: frame.keyText,
                flags: UInt32(truncatingIfNeeded: frame.extras.bigEndian),
                value: Array(frame.value),
                unique: isNumbered ? frame.number : nil
            )
            items.append(item)
        case .notFound: break
        case .unauthorized:
            // It hears nothing more, and ends the connection.
            return .outcome(Self.outcome(of: frame))
        default: refusal = refusal ?? Self.outcome(of: frame)
        }
        return nil
    }

    private mutating func add(statisticIn frame: Frame) throws(ReplyReader.Fault) -> MemcachedReply? {
        guard items.isEmpty, refusal == nil else { throw .malformed }
        guard frame.status == .ok, !frame.key.isEmpty else {
            defer { statistics = [] }
            return frame.status == .ok ? .statistics(statistics) : .outcome(Self.outcome(of: frame))
        }
        guard statistics.count < ReplyReader.countLimit else { throw .tooLong }
        statistics.append(MemcachedStatistic(name: frame.keyText, value: frame.valueText))
        return nil
    }

    private static func single(_ frame: Frame) throws(ReplyReader.Fault) -> MemcachedReply {
        guard frame.status == .ok else { return .outcome(outcome(of: frame)) }
        switch frame.opcode {
        case .version: return .version(frame.valueText)
        case .increment, .decrement:
            guard frame.value.count == 8 else { throw .malformed }
            return .number(frame.value.bigEndian)
        case .set, .add, .replace: return .outcome(.stored)
        case .delete: return .outcome(.deleted)
        case .touch: return .outcome(.touched)
        default: return .outcome(.ok)
        }
    }

    /// What went wrong, in the words of the text protocol.
    private static func outcome(of frame: Frame) -> MemcachedOutcome {
        switch (frame.status, frame.opcode) {
        // An `add` that finds the key, or a `replace` that does not.
        case (.exists, .add), (.notFound, .replace), (.notStored, _): .notStored
        case (.notFound, _): .notFound
        case (.exists, _): .exists
        case (.tooLarge, _): .serverError("object too large for cache")
        case (.unknownCommand, _): .unknownCommand
        case (.invalid, _), (.notNumeric, _), (.unauthorized, _), (.goesOn, _): .clientError(frame.valueText)
        case (.ok, _), (nil, _): .serverError(frame.valueText)
        }
    }
}
