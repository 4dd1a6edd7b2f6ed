/// The payload of a telephone-event packet (RFC 4733 §2.3).
public struct TelephoneEvent: Hashable, Sendable {
    /// The event code: 0…9 digits, 10 `*`, 11 `#`, 12…15 `A`…`D`, 16 flash, more in the IANA registry.
    public var code: UInt8
    /// Whether the event is over.
    public var isEnd: Bool
    /// The power of a tone in −dBm0, 0…63.
    public var volume: UInt8
    /// How long the event has lasted so far, in ticks of the media clock.
    public var duration: UInt16

    /// The bytes that the payload takes.
    public static let length = 4

    /// A payload of these fields.
    public init(code: UInt8, isEnd: Bool = false, volume: UInt8 = 10, duration: UInt16) {
        self.code = code
        self.isEnd = isEnd
        self.volume = volume & 0x3F
        self.duration = duration
    }

    /// Reads a payload; `nil` when it is too short.
    ///
    /// What follows the first event is not looked at.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count >= Self.length else { return nil }
        self.init(
            code: payload[0],
            isEnd: payload[1] & 0x80 != 0,
            volume: payload[1] & 0x3F,
            duration: payload.load16(at: 2)
        )
    }

    /// Writes the payload at an offset; `false` when it does not fit.
    @discardableResult
    public func write(into packet: inout MutableSpan<UInt8>, at offset: Int = RTPHeader.length) -> Bool {
        guard offset >= 0, packet.count >= Self.length, offset <= packet.count &- Self.length else { return false }
        packet[offset] = code
        packet[offset &+ 1] = (isEnd ? 0x80 : 0) | (volume & 0x3F)
        packet.store(duration, at: offset &+ 2)
        return true
    }

    private static let keys = Array("0123456789*#ABCDF".utf8)

    /// The key that a code stands for: `0`…`9`, `*`, `#`, `A`…`D`, and `F` for flash.
    public static func digit(forCode code: UInt8) -> Character? {
        guard Int(code) < keys.count else { return nil }
        return Character(Unicode.Scalar(keys[Int(code)]))
    }

    /// The code of a key, letters in any case.
    public static func code(forDigit digit: Character) -> UInt8? {
        guard let value = digit.asciiValue else { return nil }
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(value) ? value & ~0x20 : value
        return keys.firstIndex(of: upper).flatMap { UInt8(exactly: $0) }
    }
}
