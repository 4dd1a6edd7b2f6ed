/// Writes numbers and lengths in few bytes.
public struct ByteWriter {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    /// One byte.
    public mutating func number8(_ value: UInt8) { bytes.append(value) }

    /// Seven bits a byte, the lowest first.
    public mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func count(_ value: Int) { number(UInt64(max(0, value))) }

    /// Eight bytes, for what is large as a rule.
    public mutating func number64(_ value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Bytes as they are.
    public mutating func raw(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Bytes after their length.
    public mutating func string(_ more: some Collection<UInt8>) {
        count(more.count)
        raw(more)
    }

    mutating func hash(_ hash: ContentHash) { raw(hash.bytes) }

    mutating func path(_ path: TreePath) { string(path.bytes) }

    mutating func dot(_ dot: Dot) {
        number64(dot.node.number)
        number(dot.counter)
    }

    /// Things after their number.
    public mutating func list<Element>(_ elements: [Element], _ write: (inout Self, Element) -> Void) {
        count(elements.count)
        for element in elements { write(&self, element) }
    }
}
