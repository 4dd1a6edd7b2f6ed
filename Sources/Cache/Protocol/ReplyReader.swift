import Base

/// Reads what a server sends, in pieces as they come: a core, without a socket.
///
/// Replies end by themselves, whatever the command was: lines `VALUE …` or `STAT …` go on until `END`, everything else is
/// one line.
public struct ReplyReader: MemcachedReplyReading {
    /// How long a line may be, in bytes: a key has at most 250, a statistic a few hundred.
    public static let lineLimit = 4096
    /// How long the value of an item may be, in bytes; a server takes a mebibyte unless it is told otherwise.
    public static let valueLimit = 8 << 20
    /// How many items or statistics a reply may have.
    public static let countLimit = 4096
    /// How long all values of a reply may be together, in bytes.
    public static let replyLimit = 32 << 20

    /// What a server sent is not the protocol; nothing that follows can be understood.
    public enum Fault: Error, Hashable, Sendable {
        /// A line that is no reply.
        case malformed
        /// Longer than a limit.
        case tooLong
    }

    private struct Head {
        let key: String
        let flags: UInt32
        let length: Int
        let unique: UInt64?
    }

    private var buffer: [UInt8] = []
    private var start = 0
    /// Up to where there is no end of a line.
    private var searched = 0
    private var head: Head?
    private var items: [MemcachedItem] = []
    private var statistics: [MemcachedStatistic] = []
    private var replyBytes = 0

    /// A reader at the beginning of a reply.
    public init() {}

    /// Takes what has come.
    public mutating func take(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole reply; `nil` until more has come.
    public mutating func next() throws(Fault) -> MemcachedReply? {
        while true {
            if let head {
                guard let item = try value(of: head) else { return nil }
                self.head = nil
                items.append(item)
                continue
            }
            guard let line = try line() else { return nil }
            if let reply = try read(line) { return reply }
        }
    }

    // MARK: - Pieces

    private mutating func line() throws(Fault) -> ArraySlice<UInt8>? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            guard buffer.count - start <= Self.lineLimit else { throw .tooLong }
            return nil
        }
        guard end - start <= Self.lineLimit else { throw .tooLong }
        let line = buffer[start..<end]
        start = end + 1
        searched = start
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    private mutating func value(of head: Head) throws(Fault) -> MemcachedItem? {
        let (count, overflow) = head.length.addingReportingOverflow(2)
        guard !overflow else { throw .tooLong }
        guard buffer.count - start >= count else { return nil }
        let end = start + head.length
        guard buffer[end] == UInt8(ascii: "\r"), buffer[end + 1] == UInt8(ascii: "\n") else { throw .malformed }
        let value = Array(buffer[start..<end])
        start = end + 2
        searched = start
        return MemcachedItem(key: head.key, flags: head.flags, value: value, unique: head.unique)
    }

    private mutating func read(_ line: ArraySlice<UInt8>) throws(Fault) -> MemcachedReply? {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let first = words.first else { throw .malformed }
        switch first {
        case "VALUE":
            guard items.count < Self.countLimit else { throw .tooLong }
            guard words.count >= 4, let flags = UInt32(words[2]), let length = Int(words[3]), length >= 0 else {
                throw .malformed
            }
            replyBytes += min(length, Self.replyLimit)
            guard length <= Self.valueLimit, replyBytes <= Self.replyLimit else { throw .tooLong }
            head = Head(key: words[1], flags: flags, length: length, unique: words.count > 4 ? UInt64(words[4]) : nil)
            return nil
        case "STAT":
            guard statistics.count < Self.countLimit else { throw .tooLong }
            guard words.count >= 2 else { throw .malformed }
            statistics.append(MemcachedStatistic(name: words[1], value: words[2...].joined(separator: " ")))
            return nil
        case "END":
            defer { (items, statistics, replyBytes) = ([], [], 0) }
            return statistics.isEmpty ? .items(items) : .statistics(statistics)
        default:
            guard items.isEmpty, statistics.isEmpty else { throw .malformed }
            return try Self.single(first, rest: words.dropFirst().joined(separator: " "))
        }
    }

    private static func single(_ word: String, rest: String) throws(Fault) -> MemcachedReply {
        switch word {
        case "STORED": return .outcome(.stored)
        case "NOT_STORED": return .outcome(.notStored)
        case "EXISTS": return .outcome(.exists)
        case "NOT_FOUND": return .outcome(.notFound)
        case "DELETED": return .outcome(.deleted)
        case "TOUCHED": return .outcome(.touched)
        case "OK", "RESET": return .outcome(.ok)
        case "ERROR": return .outcome(.unknownCommand)
        case "CLIENT_ERROR": return .outcome(.clientError(rest))
        case "SERVER_ERROR": return .outcome(.serverError(rest))
        case "VERSION": return .version(rest)
        default:
            guard rest.isEmpty, let number = UInt64(word) else { throw .malformed }
            return .number(number)
        }
    }
}
