import Base

/// Which payload type stands for which format in a session; once given, it never changes (RFC 3264 §8.3.2).
struct PayloadTypeMap: Hashable, Sendable {
    private var formats: [UInt8: PayloadFormat] = [:]

    /// The payload types that nothing has a fixed meaning for (RFC 3551 §6).
    private static let dynamic: ClosedRange<UInt8> = 96...127

    /// Remembers what a description of either side says.
    mutating func learn(_ described: [PayloadFormat]) {
        for format in described where formats[format.payloadType] == nil {
            formats[format.payloadType] = format
        }
    }

    /// A payload type for a format: the one it has, else `wish`, else the next that is free; `nil` when none is.
    ///
    /// `reserved` types are only given to who wishes for them.
    mutating func payloadType(for format: PayloadFormat, wish: UInt8?, reserved: [UInt8]) -> UInt8? {
        let known = formats.filter { Self.isSame($0.value, format) }.keys.min()
        guard let type = known ?? free(wish) ?? Self.dynamic.first(where: { free($0) != nil && !reserved.contains($0) })
        else { return nil }
        var format = format
        format.payloadType = type
        formats[type] = formats[type] ?? format
        return type
    }

    private func free(_ type: UInt8?) -> UInt8? {
        guard let type, type < 128, formats[type] == nil else { return nil }
        return type
    }

    private static func isSame(_ left: PayloadFormat, _ right: PayloadFormat) -> Bool {
        left.clockRate == right.clockRate && left.channels == right.channels
            && left.name.equalsIgnoringASCIICase(right.name)
    }
}
