extension IPAddress {
    /// Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`; brackets and zones are refused.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(parsing: text.utf8.span)
    }

    /// Reads the same from bytes.
    public init?(parsing bytes: Span<UInt8>) {
        var hasColon = false
        for index in bytes.indices where bytes[index] == UInt8(ascii: ":") { hasColon = true }
        if hasColon {
            guard let value = Self.parseV6(bytes) else { return nil }
            self = value
        } else {
            guard let bits = Self.parseV4(bytes, from: 0) else { return nil }
            self.init(v4: bits)
        }
    }

    private static func parseV4(_ bytes: Span<UInt8>, from start: Int) -> UInt32? {
        var bits: UInt32 = 0
        var octets = 0
        var value: UInt32 = 0
        var digits = 0
        for index in start..<bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, octets < 3 else { return nil }
                (bits, octets, value, digits) = (bits << 8 | value, octets + 1, 0, 0)
            } else {
                guard let digit = byte.decimalDigit, digits < 3 else { return nil }
                (value, digits) = (value * 10 + UInt32(digit), digits + 1)
                guard value <= 255 else { return nil }
            }
        }
        guard digits > 0, octets == 3 else { return nil }
        return bits << 8 | value
    }

    private static func parseV6(_ bytes: Span<UInt8>) -> IPAddress? {
        guard bytes.count >= 2, bytes.count <= 45 else { return nil }
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int?
        var index = 0
        if bytes[0] == UInt8(ascii: ":") {
            guard bytes[1] == UInt8(ascii: ":") else { return nil }
            (gap, index) = (0, 2)
        }
        while index < bytes.count {
            guard count < 8 else { return nil }
            let start = index
            var value: UInt32 = 0
            while index < bytes.count, let digit = bytes[index].hexDigit, index - start < 4 {
                (value, index) = (value << 4 | UInt32(digit), index + 1)
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard count <= 6, let tail = parseV4(bytes, from: start) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: tail >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: tail)
                (count, index) = (count + 2, bytes.count)
                break
            }
            guard index > start else { return nil }
            groups[count] = UInt16(truncatingIfNeeded: value)
            count += 1
            guard index < bytes.count else { break }
            guard bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count else { return nil }
            index += 1
            if bytes[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                (gap, index) = (count, index + 1)
            }
        }
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        return assemble(groups, count: count, gap: gap)
    }

    private static func assemble(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int?) -> IPAddress {
        var halves = (high: UInt64(0), low: UInt64(0))
        let zeros = 8 - count
        for position in 0..<8 {
            var group: UInt16 = 0
            if let gap {
                if position < gap {
                    group = groups[position]
                } else if position >= gap + zeros {
                    group = groups[position - zeros]
                }
            } else {
                group = groups[position]
            }
            if position < 4 {
                halves.high = halves.high << 16 | UInt64(group)
            } else {
                halves.low = halves.low << 16 | UInt64(group)
            }
        }
        return IPAddress(v6: halves.high, halves.low)
    }
}
