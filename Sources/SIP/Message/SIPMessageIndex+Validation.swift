import Base

extension SIPMessageIndex {
    /// Checks the start line and what every message must carry (RFC 3261 §8.1.1), and gives its method.
    func validate(_ bytes: Span<UInt8>) throws(SIPParseError) -> SIPMethod {
        if isRequest {
            // RFC 3261 §19.1.1: a Request-URI has no headers.
            guard let uri = URIScan(bytes, startLineText), uri.headers.isEmpty else {
                throw failure(.malformedStartLine, at: startLineText.lowerBound, in: bytes)
            }
        }
        try validateLists(bytes)
        for id: SIPHeaderName.ID in [.from, .to] {
            let value = try single(id, bytes)
            guard AddressScan(bytes, value) != nil else { throw malformed(id, value, bytes) }
        }
        let callID = try single(.callID, bytes)
        guard !callID.isEmpty, callID.count <= SIPLimits.uriBytes else { throw malformed(.callID, callID, bytes) }
        for at in callID where bytes[at] <= 0x20 || bytes[at] == 0x7F { throw malformed(.callID, callID, bytes) }
        if let value = hotValue(.maxForwards) {
            _ = try single(.maxForwards, bytes)
            guard let hops = bytes.decimal(value), hops <= 255 else { throw malformed(.maxForwards, value, bytes) }
        }
        if hotValue(.contentType) != nil { _ = try single(.contentType, bytes) }
        let value = try single(.cseq, bytes)
        guard let cseq = CSeqScan(bytes, value) else { throw malformed(.cseq, value, bytes) }
        if isRequest, !bytes.equal(cseq.method, methodName) {
            throw failure(.methodMismatch, at: value.lowerBound, .cseq, in: bytes)
        }
        return SIPMethod(bytes, cseq.method)
    }

    private func malformed(_ id: SIPHeaderName.ID, _ value: Range<Int>, _ bytes: Span<UInt8>) -> SIPParseError {
        failure(.malformedValue, at: value.lowerBound, SIPHeaderName(id), in: bytes)
    }

    /// The value of a header that must occur once.
    private func single(_ id: SIPHeaderName.ID, _ bytes: Span<UInt8>) throws(SIPParseError) -> Range<Int> {
        guard let value = hotValue(id) else {
            throw failure(.missingHeader, at: headersStart, SIPHeaderName(id), in: bytes)
        }
        guard !isRepeated(id) else {
            throw failure(.repeatedHeader, at: value.lowerBound, SIPHeaderName(id), in: bytes)
        }
        return value
    }

    /// Via must occur; it, Contact, Route and Record-Route must be well-formed wherever they occur.
    private func validateLists(_ bytes: Span<UInt8>) throws(SIPParseError) {
        guard hotValue(.via) != nil else { throw failure(.missingHeader, at: headersStart, .via, in: bytes) }
        var values = 0
        for entry in entries {
            switch entry.id {
            case .via, .route, .recordRoute: break
            case .contact:
                if bytes.equals(entry.value, folded: "*"), !isRepeated(.contact) { continue }
            default: continue
            }
            var cursor = ListCursor(entry.value)
            while let value = cursor.next(bytes) {
                values += 1
                guard values <= SIPLimits.listValues else {
                    throw failure(.tooMany, at: value.lowerBound, SIPHeaderName(entry.id), in: bytes)
                }
                let isValid = entry.id == .via ? ViaScan(bytes, value) != nil : AddressScan(bytes, value) != nil
                guard isValid else { throw malformed(entry.id, value, bytes) }
            }
            guard !cursor.sawEmpty else { throw malformed(entry.id, entry.value, bytes) }
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether two ranges hold the same bytes.
    func equal(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        var other = right.lowerBound
        for at in left {
            if self[at] != self[other] { return false }
            other += 1
        }
        return true
    }
}
