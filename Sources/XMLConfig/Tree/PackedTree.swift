import Base

/// A tree as bytes that are read faster than XML: for what this program has written itself and reads again.
///
/// A mark, then a table of strings, each with its length before it, then the elements in the order of their tags: the
/// places in the table of name and text, the count of attributes, their names and values, and the count of children.
/// Numbers are in sevens of bits, the lowest first. Bytes that somebody else has written are refused, or read as some tree.
public enum PackedTree {
    private static let mark: [UInt8] = Array("TX1\n".utf8)

    /// An element as bytes.
    public static func pack(_ node: XMLNode) -> [UInt8] {
        var writer = Writer()
        writer.write(node)
        return mark + writer.table() + writer.elements
    }

    /// The element that bytes hold; `nil` where they hold none, or more than the limits let them.
    public static func unpack(_ bytes: [UInt8], limits: XMLLimits = .remote) -> XMLNode? {
        guard bytes.count <= limits.documentBytes, bytes.starts(with: mark) else { return nil }
        var reader = Reader(bytes: bytes, index: mark.count, limits: limits)
        guard reader.readTable(), let node = reader.element(depth: 0), reader.index == bytes.count else { return nil }
        return node
    }

    // MARK: - Writing

    private struct Writer {
        private var places: [String: Int] = [:]
        private var strings: [String] = []
        var elements: [UInt8] = []

        mutating func write(_ node: XMLNode) {
            number(place(of: node.name))
            number(place(of: node.text))
            number(node.attributes.count)
            for (name, value) in node.attributes {
                number(place(of: name))
                number(place(of: value))
            }
            number(node.children.count)
            for child in node.children { write(child) }
        }

        func table() -> [UInt8] {
            var bytes: [UInt8] = []
            Self.append(strings.count, to: &bytes)
            for string in strings {
                Self.append(string.utf8.count, to: &bytes)
                bytes += string.utf8
            }
            return bytes
        }

        private mutating func place(of string: String) -> Int {
            if let place = places[string] { return place }
            places[string] = strings.count
            strings.append(string)
            return strings.count - 1
        }

        private mutating func number(_ value: Int) { Self.append(value, to: &elements) }

        private static func append(_ value: Int, to bytes: inout [UInt8]) {
            var rest = value
            while rest > 127 {
                bytes.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
    }

    // MARK: - Reading

    private struct Reader {
        let bytes: [UInt8]
        var index: Int
        let limits: XMLLimits
        private var strings: [String] = []
        private var count = 0

        init(bytes: [UInt8], index: Int, limits: XMLLimits) {
            (self.bytes, self.index, self.limits) = (bytes, index, limits)
        }

        mutating func readTable() -> Bool {
            // Each takes a byte at least.
            guard let count = number(), count <= bytes.count - index else { return false }
            strings.reserveCapacity(count)
            for _ in 0..<count {
                guard let length = number(), length <= bytes.count - index else { return false }
                strings.append(String(decoding: bytes[index..<(index + length)], as: UTF8.self))
                index += length
            }
            return true
        }

        mutating func element(depth: Int) -> XMLNode? {
            count += 1
            guard depth < limits.depth, count <= limits.elements, let name = string(), let text = string(),
                let attributeCount = number(), attributeCount <= limits.attributes
            else { return nil }
            var attributes: [(name: String, value: String)] = []
            attributes.reserveCapacity(attributeCount)
            for _ in 0..<attributeCount {
                guard let name = string(), let value = string() else { return nil }
                attributes.append((name, value))
            }
            guard let childCount = number(), childCount <= bytes.count - index else { return nil }
            var children: [XMLNode] = []
            children.reserveCapacity(min(childCount, limits.elements - count))
            for _ in 0..<childCount {
                guard let child = element(depth: depth + 1) else { return nil }
                children.append(child)
            }
            return XMLNode(
                name: name,
                attributes: attributes,
                children: children,
                text: text,
                file: .none,
                line: 0
            )
        }

        private mutating func string() -> String? {
            guard let place = number(), place < strings.count else { return nil }
            return strings[place]
        }

        /// The most sevens of bits of a number: what is larger is no length of anything.
        private static let longest = 5

        private mutating func number() -> Int? {
            var value = 0
            for shift in 0..<Self.longest {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                value |= Int(byte & 127) << (7 * shift)
                if byte < 128 { return value }
            }
            return nil
        }
    }
}
