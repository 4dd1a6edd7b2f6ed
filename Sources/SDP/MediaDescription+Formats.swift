public import Base

extension MediaDescription {
    /// Whether the medium is sound over RTP without encryption: what this switch carries.
    public var isPlainAudio: Bool {
        kind.equalsIgnoringASCIICase("audio")
            && (transport.equalsIgnoringASCIICase("RTP/AVP") || transport.equalsIgnoringASCIICase("RTP/AVPF"))
    }

    /// The same line at port 0, as an answer rejects it (RFC 3264 §6).
    var rejected: MediaDescription {
        MediaDescription(kind: kind, port: 0, transport: transport, formats: formats.isEmpty ? ["0"] : formats)
    }

    /// The formats of an RTP medium in the order of the media line.
    ///
    /// Payload types come from `a=rtpmap` or, without one, from RFC 3551 §6; dynamic types without a map, repeated
    /// types and nonsensical rates are left out.
    public var payloadFormats: [PayloadFormat] {
        // A handful of types: looking through lists is cheaper than tables of all 128.
        var maps: [PayloadFormat] = []
        var parameters: [(type: UInt8, text: Substring)] = []
        for attribute in attributes {
            guard attribute.name == "rtpmap" || attribute.name == "fmtp", let value = attribute.value,
                let (type, rest) = Self.splitPayloadType(value)
            else { continue }
            if attribute.name == "fmtp" {
                if !parameters.contains(where: { $0.type == type }) { parameters.append((type, rest)) }
            } else if !maps.contains(where: { $0.payloadType == type }), let map = Self.parseMap(type, rest) {
                maps.append(map)
            }
        }
        var formats: [PayloadFormat] = []
        for text in self.formats {
            guard let type = UInt8(text), type < 128, !formats.contains(where: { $0.payloadType == type }),
                var format = maps.first(where: { $0.payloadType == type }) ?? CodecRegistry.staticFormat(type)
            else { continue }
            format.parameters = parameters.first { $0.type == type }.map { String($0.text) }
            formats.append(format)
        }
        return formats
    }

    /// The packet time in milliseconds that the describing side wants to receive (`a=ptime`).
    public var ptimeMilliseconds: Int? { milliseconds(of: "ptime") }

    /// The longest packet in milliseconds that the describing side takes (`a=maxptime`).
    public var maximumPtimeMilliseconds: Int? { milliseconds(of: "maxptime") }

    /// The port and perhaps address of RTCP, where they are not RTP's and the next port (`a=rtcp`, RFC 3605).
    public var rtcpAttribute: (port: UInt16, address: IPAddress?)? {
        guard let fields = attributes.first("rtcp")?.blankSeparated(), let first = fields.first,
            let port = UInt16(first)
        else { return nil }
        return (port, fields.count >= 4 ? IPAddress(fields[3]) : nil)
    }

    private func milliseconds(of name: String) -> Int? {
        // Some peers write fractions (`20.0`): the whole milliseconds count.
        guard let text = attributes.first(name)?.prefix(while: { $0.isASCII && $0.isNumber }),
            let value = Int(text), (1...1000).contains(value)
        else { return nil }
        return value
    }

    /// `101 telephone-event/8000` → 101 and the rest.
    private static func splitPayloadType(_ value: String) -> (UInt8, Substring)? {
        let parts = value.blankSeparated(maximumSplits: 1)
        guard parts.count == 2, let type = UInt8(parts[0]), type < 128 else { return nil }
        return (type, parts[1])
    }

    private static func parseMap(_ type: UInt8, _ value: Substring) -> PayloadFormat? {
        let parts = value.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty, let rate = Int(parts[1]), (1...maximumClockRate).contains(rate),
            let channels = parts.count > 2 ? Int(parts[2]) : 1, (1...maximumChannels).contains(channels)
        else { return nil }
        return PayloadFormat(payloadType: type, name: String(parts[0]), clockRate: rate, channels: channels)
    }

    private static let maximumClockRate = 1_000_000
    private static let maximumChannels = 32
}
