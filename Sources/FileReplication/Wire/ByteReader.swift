/// Reads what ``ByteWriter`` wrote, and trusts nothing.
public struct ByteReader {
    let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    /// Begins at the first byte.
    public init(_ bytes: [UInt8]) {
        (self.bytes, position, end) = (bytes, 0, bytes.count)
    }

    /// How many bytes are left.
    public var remaining: Int { end - position }

    /// Ends the reading: nothing may be left.
    public mutating func finish() throws(WireError) {
        guard remaining == 0 else { throw .tooLong }
    }

    /// One byte.
    public mutating func number8() throws(WireError) -> UInt8 {
        guard position < end else { throw .tooShort }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number of seven bits a byte, written in the shortest way.
    public mutating func number(atMost limit: UInt64 = .max) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try number8()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw .wrongNumber }
            value |= bits << shift
            guard byte & 0x80 != 0 else {
                guard bits != 0 || shift == 0 else { throw .wrongNumber }
                break
            }
            shift += 7
            guard shift <= 63 else { throw .wrongNumber }
        }
        guard value <= limit else { throw .wrongNumber }
        return value
    }

    /// A number of things of which each takes a byte or more.
    public mutating func count(atMost limit: Int) throws(WireError) -> Int {
        let value = try number()
        guard value <= UInt64(limit) else { throw .tooMany }
        guard value <= UInt64(remaining) else { throw .tooShort }
        return Int(value)
    }

    /// Eight bytes, the highest first.
    public mutating func number64() throws(WireError) -> UInt64 {
        guard remaining >= 8 else { throw .tooShort }
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(try number8()) }
        return value
    }

    /// So many bytes as they are.
    public mutating func raw(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw .tooShort }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func string(atMost limit: Int) throws(WireError) -> [UInt8] {
        Array(try raw(try count(atMost: limit)))
    }

    /// A text of UTF-8 after its length in bytes.
    public mutating func text(atMost limit: Int) throws(WireError) -> String {
        guard let text = String(validating: try string(atMost: limit), as: UTF8.self) else { throw .wrongText }
        return text
    }

    mutating func hash() throws(WireError) -> ContentHash {
        guard let hash = ContentHash(try raw(ContentHash.count)) else { throw .tooShort }
        return hash
    }

    mutating func path() throws(WireError) -> TreePath {
        let bytes = try string(atMost: TreePath.longestPath)
        guard let path = try? TreePath(bytes) else { throw .wrongPath }
        return path
    }

    mutating func dot() throws(WireError) -> Dot {
        let node = NodeID(try number64())
        let counter = try number(atMost: Dot.maximumCounter)
        guard counter > 0 else { throw .wrongValue }
        return Dot(node: node, counter: counter)
    }

    /// Things after their number.
    public mutating func list<Element>(
        atMost limit: Int,
        _ read: (inout Self) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = try count(atMost: limit)
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }
}
