import Base

extension SIPMessage {
    func text(_ range: Range<Int>) -> String {
        String(decoding: storage.bytes[range], as: UTF8.self)
    }

    func text(unfolding range: Range<Int>) -> String {
        let bytes = storage.bytes
        return String(unfolding: bytes.span, range)
    }

    /// The value of the first line of a hot header.
    func hot(_ id: SIPHeaderName.ID) -> Range<Int>? {
        storage.index.hotValue(id)
    }

    func value(at position: Int) -> String {
        text(unfolding: storage.index.entries[position].value)
    }

    func matches(_ entry: SIPMessageIndex.Entry, _ name: SIPHeaderName) -> Bool {
        let bytes = storage.bytes
        return storage.index.matches(entry, name, in: bytes.span)
    }

    /// The position of the first line of a header.
    func firstPosition(of name: SIPHeaderName) -> Int? {
        let bytes = storage.bytes
        return storage.index.firstPosition(of: name, in: bytes.span)
    }

    /// The values of all lines of a header, comma lists split.
    func ranges(of name: SIPHeaderName) -> [Range<Int>] {
        let bytes = storage.bytes
        var ranges: [Range<Int>] = []
        for entry in storage.index.entries where storage.index.matches(entry, name, in: bytes.span) {
            guard name.isList else {
                ranges.append(entry.value)
                continue
            }
            var cursor = ListCursor(entry.value)
            while ranges.count < SIPLimits.listValues, let range = cursor.next(bytes.span) { ranges.append(range) }
        }
        return ranges
    }

    /// The first value of the first Via line.
    var topViaScan: ViaScan? {
        guard let line = hot(.via) else { return nil }
        let bytes = storage.bytes
        var cursor = ListCursor(line)
        guard let value = cursor.next(bytes.span) else { return nil }
        return ViaScan(bytes.span, value)
    }

    /// Whether there is one Via value: a response with more went astray (RFC 3261 §8.1.3.3).
    var hasSingleVia: Bool {
        guard let line = hot(.via), !storage.index.isRepeated(.via) else { return false }
        let bytes = storage.bytes
        var cursor = ListCursor(line)
        return cursor.next(bytes.span) != nil && cursor.next(bytes.span) == nil
    }

    /// Whether the Request-URI is sip:, sips: or tel:, which can be routed here (RFC 3261 §8.2.2.1).
    var hasRoutableURI: Bool {
        let bytes = storage.bytes
        guard let scan = URIScan(bytes.span, storage.index.startLineText) else { return false }
        return scan.kind != .other
    }

    func addressScan(_ range: Range<Int>) -> AddressScan? {
        let bytes = storage.bytes
        return AddressScan(bytes.span, range)
    }

    func address(_ range: Range<Int>) -> NameAddress? {
        let bytes = storage.bytes
        guard let scan = AddressScan(bytes.span, range) else { return nil }
        return NameAddress(scan, bytes.span)
    }

    func via(_ range: Range<Int>) -> Via? {
        let bytes = storage.bytes
        guard let scan = ViaScan(bytes.span, range) else { return nil }
        return Via(scan, bytes.span)
    }

    /// From or To; parsed messages always have them, so that the fallback is for messages built without.
    func address(_ id: SIPHeaderName.ID) -> NameAddress {
        hot(id).flatMap { address($0) } ?? NameAddress(SIPURI(host: .name("invalid")))
    }

    func tag(_ id: SIPHeaderName.ID) -> String? {
        hot(id).flatMap { addressScan($0)?.tag }.map { text($0) }
    }

    /// A number that saturates at 2³²-1, the largest that SIP has (RFC 3261 §20).
    func integer(_ id: SIPHeaderName.ID) -> Int? {
        guard let range = hot(id) else { return nil }
        let bytes = storage.bytes
        return bytes.span.decimal(range, limit: Int(UInt32.max) - 1)
    }
}

extension SIPMethod {
    private static let packed: [(PackedText, SIPMethod)] = known.map { (PackedText($0.name), $0) }

    /// The method whose name is in a range of bytes.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if range.count <= PackedText.capacity {
            var key = PackedText()
            for at in range { key.append(bytes[at]) }
            for (name, method) in Self.packed where name == key {
                self = method
                return
            }
        }
        self = .other(String(bytes, range))
    }
}
