import Base

/// Where the parts of a URI are: its grammar checked, nothing copied (RFC 3261 §19.1.1, RFC 3966 §3).
struct URIScan {
    enum Kind {
        case sip, sips, tel, other
    }

    private(set) var kind = Kind.other
    private(set) var scheme: Range<Int>
    private(set) var user: Range<Int>?
    private(set) var password: Range<Int>?
    private(set) var host: Range<Int>
    private(set) var port: UInt16?
    /// From the first `;` behind the host.
    private(set) var parameters: Range<Int>
    /// Behind the `?`.
    private(set) var headers: Range<Int>
    /// Behind the colon of the scheme.
    private(set) var opaque: Range<Int>

    /// Takes the whole range as one URI; `nil` when it is none.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let end = range.upperBound
        let colon = bytes.skipping(.scheme, from: range.lowerBound, to: end)
        guard range.count <= SIPLimits.uriBytes, colon > range.lowerBound, colon < end else { return nil }
        guard bytes[colon] == UInt8(ascii: ":") else { return nil }
        scheme = range.lowerBound..<colon
        opaque = colon + 1..<end
        (host, parameters, headers) = (end..<end, end..<end, end..<end)
        if bytes.equals(scheme, folded: "sip") {
            kind = .sip
        } else if bytes.equals(scheme, folded: "sips") {
            kind = .sips
        } else if bytes.equals(scheme, folded: "tel") {
            kind = .tel
        }
        let isValid =
            switch kind {
            case .sip, .sips: scanSIP(bytes)
            case .tel: scanTelephone(bytes)
            case .other: !opaque.isEmpty && bytes.skipping(.uri, from: colon + 1, to: end) == end
            }
        guard isValid else { return nil }
    }

    private mutating func scanSIP(_ bytes: Span<UInt8>) -> Bool {
        var start = opaque.lowerBound
        let end = opaque.upperBound
        // An at sign stands unescaped only behind the user part, so whatever is before it belongs there, `;` and `?`
        // included (RFC 4475 §3.1.1.9).
        var at = start
        while at < end, bytes[at] != UInt8(ascii: "@") { at += 1 }
        if at < end {
            guard scanUser(bytes, start..<at) else { return false }
            start = at + 1
        }
        guard let behind = bytes.scanHost(from: start, to: end) else { return false }
        host = start..<behind
        at = behind
        if at < end, bytes[at] == UInt8(ascii: ":") {
            guard let (number, next) = bytes.scanPort(from: at + 1, to: end) else { return false }
            (port, at) = (number, next)
        }
        guard let parametersEnd = scanParameters(bytes, from: at) else { return false }
        parameters = at..<parametersEnd
        at = parametersEnd
        guard at < end else { return true }
        guard bytes[at] == UInt8(ascii: "?") else { return false }
        headers = at + 1..<end
        return scanHeaders(bytes)
    }

    private mutating func scanUser(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let userEnd = bytes.skippingEscaped(.userAccepted, from: range.lowerBound, to: range.upperBound),
            userEnd > range.lowerBound
        else { return false }
        user = range.lowerBound..<userEnd
        guard userEnd < range.upperBound else { return true }
        guard bytes[userEnd] == UInt8(ascii: ":") else { return false }
        password = userEnd + 1..<range.upperBound
        return bytes.skippingEscaped(.passwordPlain, from: userEnd + 1, to: range.upperBound) == range.upperBound
    }

    private mutating func scanTelephone(_ bytes: Span<UInt8>) -> Bool {
        let numberEnd = bytes.skipping(.telephone, from: opaque.lowerBound, to: opaque.upperBound)
        guard numberEnd > opaque.lowerBound else { return false }
        user = opaque.lowerBound..<numberEnd
        parameters = numberEnd..<opaque.upperBound
        return scanParameters(bytes, from: numberEnd) == opaque.upperBound
    }

    /// Where the parameters that begin at `start` end; `nil` when one of them is wrong.
    private func scanParameters(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var at = start
        var count = 0
        while at < opaque.upperBound, bytes[at] == UInt8(ascii: ";") {
            count += 1
            guard count <= SIPLimits.parameters,
                let nameEnd = bytes.skippingEscaped(.uriParameterName, from: at + 1, to: opaque.upperBound),
                nameEnd > at + 1
            else { return nil }
            at = nameEnd
            guard at < opaque.upperBound, bytes[at] == UInt8(ascii: "=") else { continue }
            guard let valueEnd = bytes.skippingEscaped(.uriParameterValue, from: at + 1, to: opaque.upperBound) else {
                return nil
            }
            at = valueEnd
        }
        return at
    }

    private func scanHeaders(_ bytes: Span<UInt8>) -> Bool {
        var at = headers.lowerBound
        var count = 0
        while true {
            count += 1
            guard count <= SIPLimits.parameters,
                let nameEnd = bytes.skippingEscaped(.uriHeader, from: at, to: headers.upperBound),
                nameEnd > at, nameEnd < headers.upperBound, bytes[nameEnd] == UInt8(ascii: "="),
                let valueEnd = bytes.skippingEscaped(.uriHeader, from: nameEnd + 1, to: headers.upperBound)
            else { return false }
            guard valueEnd < headers.upperBound else { return true }
            guard bytes[valueEnd] == UInt8(ascii: "&") else { return false }
            at = valueEnd + 1
        }
    }
}

extension Span where Element == UInt8 {
    /// The position behind the host that begins at `start`; `nil` when there is none.
    func scanHost(from start: Int, to end: Int) -> Int? {
        guard start < end else { return nil }
        guard self[start] == UInt8(ascii: "[") else {
            let behind = skipping(.hostname, from: start, to: end)
            return behind > start ? behind : nil
        }
        var close = start + 1
        while close < end, self[close] != UInt8(ascii: "]") { close += 1 }
        guard close < end, let address = scanReference(start + 1..<close), address.family == .v6 else { return nil }
        return close + 1
    }

    /// The IPv6 address between brackets.
    ///
    /// RFC 5118 §4.10: an older grammar put three colons before an embedded IPv4 address, and that must be tolerated.
    func scanReference(_ range: Range<Int>) -> IPAddress? {
        if let address = IPAddress(parsing: extracting(range)) { return address }
        guard range.count <= 46 else { return nil }
        var start = range.lowerBound
        while start < range.upperBound, self[start] != UInt8(ascii: ".") { start += 1 }
        while start > range.lowerBound, self[start - 1] != UInt8(ascii: ":") { start -= 1 }
        guard start - range.lowerBound > 3, self[start - 2] == UInt8(ascii: ":"), self[start - 3] == UInt8(ascii: ":")
        else { return nil }
        var corrected: [UInt8] = []
        for at in range where at != start - 1 { corrected.append(self[at]) }
        return IPAddress(parsing: corrected.span)
    }

    /// The port that begins at `start`, and the position behind it.
    func scanPort(from start: Int, to end: Int) -> (UInt16, Int)? {
        var at = start
        while at < end, self[at].decimalDigit != nil { at += 1 }
        guard let value = decimal(start..<at, limit: 65_535), let port = UInt16(exactly: value) else { return nil }
        return (port, at)
    }
}

extension SIPHost {
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let isBracketed = range.count > 2 && bytes[range.lowerBound] == UInt8(ascii: "[")
        let address =
            isBracketed
            ? bytes.scanReference(range.lowerBound + 1..<range.upperBound - 1)
            : IPAddress(parsing: bytes.extracting(range))
        self = address.map { .address($0) } ?? .name(String(bytes, range))
    }
}

extension SIPURI {
    init(_ scan: URIScan, _ bytes: Span<UInt8>) {
        switch scan.kind {
        case .sip: scheme = .sip
        case .sips: scheme = .sips
        case .tel: scheme = .tel
        case .other: scheme = .other(String(bytes, scan.scheme))
        }
        opaque = scan.kind == .other ? String(bytes, scan.opaque) : ""
        escapedUser = scan.user.map { String(bytes, $0) }
        escapedPassword = scan.password.map { String(bytes, $0) }
        host = scan.host.isEmpty ? .name("") : SIPHost(bytes, scan.host)
        port = scan.port
        parameters = SIPParameters(
            Self.pairs(bytes, scan.parameters, ";", names: .uriParameterName, values: .uriParameterValue)
        )
        headers = Self.pairs(bytes, scan.headers, "&", names: .uriHeader, values: .uriHeader)
    }

    /// `name=value` between separators, in a range that a scan has found valid.
    private static func pairs(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ separator: Unicode.Scalar,
        names: ByteSet,
        values: ByteSet
    ) -> [SIPParameter] {
        let separator = UInt8(ascii: separator)
        var entries: [SIPParameter] = []
        var at = range.lowerBound
        while at < range.upperBound {
            if bytes[at] == separator { at += 1 }
            let start = at
            var equals: Int?
            while at < range.upperBound, bytes[at] != separator {
                if bytes[at] == UInt8(ascii: "="), equals == nil { equals = at }
                at += 1
            }
            let name = String(bytes, start..<(equals ?? at))
            let value: String? = if let equals { String(bytes, equals + 1..<at) } else { nil }
            entries.append(
                SIPParameter(plain(name, names), value.map { plain($0, values) })
            )
        }
        return entries
    }

    /// The text without escapes where none of them is needed, so that `%6C%72` is `lr` (RFC 3261 §19.1.4).
    private static func plain(_ text: String, _ set: ByteSet) -> String {
        let unescaped = SIPEscaping.unescape(text)
        return unescaped.utf8.allSatisfy(set.contains) ? unescaped : text
    }
}
