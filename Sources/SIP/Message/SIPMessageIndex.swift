import Base

/// Where everything is in one message: the start line, each header line and the body, as offsets into its bytes.
///
/// Indexing copies nothing, and an index that is used again allocates nothing once it has seen a message with as many
/// header lines. It checks the framing (lines, names, Content-Length); ``SIPMessage/init(parsing:)`` checks values.
public struct SIPMessageIndex: Sendable {
    /// One header line.
    ///
    /// Offsets fit because ``SIPLimits/messageBytes`` is below 2³².
    struct Entry: Sendable {
        var id: SIPHeaderName.ID
        private var nameLength: UInt16
        private var nameOffset: UInt32
        private var valueOffset: UInt32
        private var valueLength: UInt32

        init(id: SIPHeaderName.ID, name: Range<Int>, value: Range<Int>) {
            self.id = id
            nameLength = UInt16(truncatingIfNeeded: name.count)
            nameOffset = UInt32(truncatingIfNeeded: name.lowerBound)
            valueOffset = UInt32(truncatingIfNeeded: value.lowerBound)
            valueLength = UInt32(truncatingIfNeeded: value.count)
        }

        var name: Range<Int> { Int(nameOffset)..<Int(nameOffset) + Int(nameLength) }
        /// The value without white space around it, folds inside it still there.
        var value: Range<Int> { Int(valueOffset)..<Int(valueOffset) + Int(valueLength) }

        mutating func move(by distance: Int) {
            nameOffset &+= UInt32(truncatingIfNeeded: distance)
            valueOffset &+= UInt32(truncatingIfNeeded: distance)
        }
    }

    /// Whether the start line is a Request-Line.
    public internal(set) var isRequest = false
    /// The status code of a response; 0 for a request.
    public internal(set) var status: UInt16 = 0
    /// The method of a request; empty for a response.
    public internal(set) var methodName = 0..<0
    /// The Request-URI of a request, the reason phrase of a response.
    public internal(set) var startLineText = 0..<0
    /// The octets of the body.
    public internal(set) var body = 0..<0
    /// Where the first header line begins.
    var headersStart = 0
    var entries: [Entry] = []
    /// For each hot id, the position of its first line plus one.
    private var hot = InlineArray<16, UInt16>(repeating: 0)
    /// A bit for each hot id that occurs in more than one line.
    private var repeated: UInt16 = 0

    /// An empty index.
    public init() {}

    /// An index that has room for so many header lines from the beginning.
    public init(reservingLines lines: Int) {
        entries.reserveCapacity(min(max(lines, 0), SIPLimits.headerLines))
    }

    /// How many header lines there are.
    public var lineCount: Int { entries.count }

    /// The octets of the value of the first line of that header, folds included.
    public func value(of name: SIPHeaderName, in bytes: Span<UInt8>) -> Range<Int>? {
        firstPosition(of: name, in: bytes).map { entries[$0].value }
    }

    mutating func removeAll() {
        removeLines()
        (isRequest, status) = (false, 0)
        (methodName, startLineText, body) = (0..<0, 0..<0, 0..<0)
        headersStart = 0
    }

    /// Adds a line behind those that are there.
    mutating func append(_ entry: Entry) {
        entries.append(entry)
        let id = Int(entry.id.rawValue)
        guard entry.id != .other, id < hot.count else { return }
        if hot[id] == 0 {
            hot[id] = UInt16(truncatingIfNeeded: entries.count)
        } else {
            repeated |= 1 &<< UInt16(id)
        }
    }

    /// Forgets all header lines, but not the start line.
    mutating func removeLines() {
        entries.removeAll(keepingCapacity: true)
        hot = InlineArray(repeating: 0)
        repeated = 0
    }

    /// Adds a line before those that are there, whose bytes have moved behind it.
    mutating func prepend(_ entry: Entry, movingOthersBy distance: Int) {
        let others = entries
        removeLines()
        append(entry)
        for var other in others {
            other.move(by: distance)
            append(other)
        }
    }

    /// The value of the first line of a hot header.
    func hotValue(_ id: SIPHeaderName.ID) -> Range<Int>? {
        let position = Int(hot[Int(id.rawValue)])
        return position > 0 && position <= entries.count ? entries[position - 1].value : nil
    }

    /// Whether a hot header occurs in more than one line.
    func isRepeated(_ id: SIPHeaderName.ID) -> Bool {
        repeated & (1 &<< UInt16(id.rawValue)) != 0
    }

    /// The position of the first line of a header.
    func firstPosition(of name: SIPHeaderName, in bytes: Span<UInt8>) -> Int? {
        let id = Int(name.id.rawValue)
        if name.id != .other, id < hot.count {
            return hot[id] > 0 ? Int(hot[id]) - 1 : nil
        }
        return entries.indices.first { matches(entries[$0], name, in: bytes) }
    }

    /// Whether a line is one of that header.
    func matches(_ entry: Entry, _ name: SIPHeaderName, in bytes: Span<UInt8>) -> Bool {
        guard entry.id == name.id else { return false }
        guard name.id == .other else { return true }
        let range = entry.name
        guard range.count == name.custom.utf8.count else { return false }
        var at = range.lowerBound
        for byte in name.custom.utf8 {
            if bytes[at].lowercasedASCII != byte.lowercasedASCII { return false }
            at += 1
        }
        return true
    }
}
