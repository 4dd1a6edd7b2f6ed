public import Base

extension SIPMessage {
    /// The stateless response to a request that could not be parsed (RFC 3261 §8.2.7, §16.3).
    ///
    /// Via, From, To, Call-ID and CSeq are copied as far as they are there; without a readable Via there is no way
    /// back and so no response. A retransmitted request gets the same response again.
    ///
    /// - Parameter source: where the request came from, for the topmost Via.
    /// - Returns: `nil` when nothing may or can be answered.
    public static func rejection(
        of bytes: [UInt8],
        because error: SIPParseError,
        source: IPEndpoint? = nil
    ) -> [UInt8]? {
        guard let status = error.status, bytes.count <= SIPLimits.messageBytes else { return nil }
        var index = SIPMessageIndex()
        guard index.indexReadableLines(bytes.span) else { return nil }
        let request = SIPMessage(storage: Storage(bytes: bytes, index: index, method: .other("")))
        guard request.topViaScan != nil else { return nil }
        let tag = request.hot(.to).flatMap { AddressScan(bytes.span, $0) }.map { _ in stableTag(bytes) }
        let builder = SIPMessageBuilder(response: status, to: request, toTag: tag, source: source)
        return builder.build().serialized()
    }

    /// A tag that depends on the request alone, since nothing is remembered (RFC 3261 §8.2.7).
    private static func stableTag(_ bytes: [UInt8]) -> String {
        // FNV-1a
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
