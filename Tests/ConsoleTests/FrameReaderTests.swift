import Console
import Testing

@Suite struct FrameReaderTests {
    private static let stream = """
        Content-Type: auth/request

        Content-Type: command/reply
        Reply-Text: +OK accepted

        Content-Type: api/response
        Content-Length: 7

        a

        bcd

        """

    @Test(arguments: [1, 2, 3, 7, 1000])
    func cutsTheStreamHoweverItComes(step: Int) throws {
        var reader = FrameReader()
        var frames: [EventSocketFrame] = []
        let bytes = Array(Self.stream.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.append(bytes[start..<min(start + step, bytes.count)])
            while let frame = try reader.next() { frames.append(frame) }
        }
        #expect(frames.map(\.contentType) == ["auth/request", "command/reply", "api/response"])
        #expect(frames.map(\.body) == ["", "", "a\n\nbcd\n"])
        #expect(frames.dropFirst().first?["reply-text"] == "+OK accepted")
    }

    @Test(arguments: [
        ("Content-Length: x\n\n", FrameReader.Failure.invalidLength("x")),
        ("Content-Length: -1\n\n", .invalidLength("-1")),
        ("Content-Length: 99999999999\n\n", .bodyTooLong),
    ])
    func refusesWhatIsNoLength(text: String, failure: FrameReader.Failure) {
        var reader = FrameReader()
        reader.append(text.utf8)
        #expect(throws: failure) { try reader.next() }
    }

    @Test func refusesHeadersWithoutEnd() {
        var reader = FrameReader()
        reader.append(repeatElement(UInt8(ascii: "a"), count: FrameReader.headerLimit + 1))
        #expect(throws: FrameReader.Failure.headersTooLong) { try reader.next() }
    }
}
