import Base

/// Where the parts of a `name-addr` or `addr-spec` with header parameters are: its grammar checked, nothing copied.
struct AddressScan {
    private(set) var displayName: Range<Int>?
    private(set) var isDisplayNameQuoted = false
    private(set) var uri: URIScan
    /// From the first `;` behind the address.
    private(set) var parameters: Range<Int>
    /// The value of the `tag` parameter.
    private(set) var tag: Range<Int>?

    /// Takes the whole range as one address; `nil` when it is none.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let range = bytes.trimmingLWS(range)
        guard !range.isEmpty else { return nil }
        var open = range.lowerBound
        if bytes[open] == UInt8(ascii: "\"") {
            guard let behind = bytes.skippingQuoted(from: open, to: range.upperBound) else { return nil }
            displayName = open + 1..<behind - 1
            isDisplayNameQuoted = true
            open = bytes.skippingLWS(from: behind, to: range.upperBound)
            guard open < range.upperBound, bytes[open] == UInt8(ascii: "<") else { return nil }
        } else {
            // The grammar has only tokens in a bare display name; other harmless characters are common and pass.
            while open < range.upperBound, bytes[open].isBareValue || bytes[open].isLWS { open += 1 }
            if open < range.upperBound, bytes[open] == UInt8(ascii: "<") {
                let name = bytes.trimmingLWS(range.lowerBound..<open)
                displayName = name.isEmpty ? nil : name
            } else {
                open = range.upperBound
            }
        }
        if open < range.upperBound {
            var close = open + 1
            while close < range.upperBound, bytes[close] != UInt8(ascii: ">") { close += 1 }
            guard close < range.upperBound, let uri = URIScan(bytes, open + 1..<close) else { return nil }
            self.uri = uri
            parameters = close + 1..<range.upperBound
        } else {
            // RFC 3261 §20.10: without brackets, all parameters belong to the header, and `?` and `,` must not occur.
            var end = range.lowerBound
            while end < range.upperBound, bytes[end] != UInt8(ascii: ";"), !bytes[end].isLWS { end += 1 }
            guard let uri = URIScan(bytes, range.lowerBound..<end), uri.headers.isEmpty else { return nil }
            self.uri = uri
            parameters = end..<range.upperBound
        }
        guard scanParameters(bytes) else { return nil }
    }

    private mutating func scanParameters(_ bytes: Span<UInt8>) -> Bool {
        var cursor = ParameterCursor(parameters)
        while let parameter = cursor.next(bytes) {
            if tag == nil, bytes.equals(parameter.name, folded: "tag") { tag = parameter.value }
        }
        return cursor.isValid
    }
}

extension NameAddress {
    init(_ scan: AddressScan, _ bytes: Span<UInt8>) {
        displayName = scan.displayName.map {
            scan.isDisplayNameQuoted ? String(unquoting: bytes, $0) : String(unfolding: bytes, $0)
        }
        uri = SIPURI(scan.uri, bytes)
        parameters = SIPParameters(header: bytes, scan.parameters)
    }
}
