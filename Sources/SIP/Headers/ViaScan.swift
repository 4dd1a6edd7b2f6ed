import Base

/// Where the parts of one Via value are: its grammar checked, nothing copied (RFC 3261 §20.42).
struct ViaScan {
    private(set) var transport: Range<Int>
    private(set) var host: Range<Int>
    private(set) var port: UInt16?
    /// From the first `;` on.
    private(set) var parameters: Range<Int>
    /// The value of the `branch` parameter.
    private(set) var branch: Range<Int>?

    /// Takes the whole range as one Via value; `nil` when it is none.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let end = range.upperBound
        var at = bytes.skippingLWS(from: range.lowerBound, to: end)
        // sent-protocol = protocol-name SLASH protocol-version SLASH transport, white space around each slash.
        for _ in 0..<2 {
            let start = at
            at = bytes.skipping(.token, from: start, to: end)
            guard at > start else { return nil }
            at = bytes.skippingLWS(from: at, to: end)
            guard at < end, bytes[at] == UInt8(ascii: "/") else { return nil }
            at = bytes.skippingLWS(from: at + 1, to: end)
        }
        transport = at..<bytes.skipping(.token, from: at, to: end)
        guard !transport.isEmpty, transport.upperBound < end, bytes[transport.upperBound].isLWS else { return nil }
        let hostStart = bytes.skippingLWS(from: transport.upperBound, to: end)
        guard let hostEnd = bytes.scanHost(from: hostStart, to: end) else { return nil }
        host = hostStart..<hostEnd
        at = bytes.skippingLWS(from: hostEnd, to: end)
        if at < end, bytes[at] == UInt8(ascii: ":") {
            let portStart = bytes.skippingLWS(from: at + 1, to: end)
            guard let (number, behind) = bytes.scanPort(from: portStart, to: end) else { return nil }
            (port, at) = (number, behind)
        }
        parameters = at..<end
        var cursor = ParameterCursor(parameters)
        while let parameter = cursor.next(bytes) {
            if branch == nil, bytes.equals(parameter.name, folded: "branch") { branch = parameter.value }
        }
        guard cursor.isValid else { return nil }
    }
}

extension Via {
    init(_ scan: ViaScan, _ bytes: Span<UInt8>) {
        self.init(
            transport: String(bytes, scan.transport),
            host: SIPHost(bytes, scan.host),
            port: scan.port,
            parameters: SIPParameters(header: bytes, scan.parameters)
        )
    }
}
