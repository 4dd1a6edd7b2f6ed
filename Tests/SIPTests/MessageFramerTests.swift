import SIP
import Testing

@Suite struct MessageFramerTests {
    private static func message(_ body: String, length: String? = nil, name: String = "Content-Length") -> [UInt8] {
        let head = "MESSAGE sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nX: a\r\n b\r\n"
        return Array("\(head)\(name): \(length ?? "\(body.utf8.count)")\r\n\r\n\(body)".utf8)
    }

    /// A stream with messages and keep-alives, cut everywhere into two and into single octets.
    @Test func everySplitGivesTheSameFrames() throws {
        let crlf: [UInt8] = [13, 10]
        let messages = [
            Self.message("abc"), Self.message("", name: "l"), Self.message("x\r\n\r\ny", name: "CONTENT-LENGTH"),
        ]
        let stream = messages[0] + crlf + crlf + messages[1] + messages[2] + crlf + messages[0]
        let expected: [SIPStreamFramer.Frame] = [
            .message(messages[0]), .ping, .message(messages[1]), .message(messages[2]), .pong, .message(messages[0]),
        ]
        for split in 0...stream.count {
            var framer = SIPStreamFramer()
            var frames: [SIPStreamFramer.Frame] = []
            for part in [stream[..<split], stream[split...]] {
                framer.append(Array(part))
                while let frame = try framer.next() { frames.append(frame) }
            }
            #expect(frames == expected && framer.bufferedCount == 0, "split at \(split)")
        }
        var framer = SIPStreamFramer()
        var frames: [SIPStreamFramer.Frame] = []
        for byte in stream {
            framer.append([byte].span)
            while let frame = try framer.next() { frames.append(frame) }
        }
        #expect(frames == expected)
    }

    @Test func keepAlivesAreNoPartOfAMessage() throws {
        var framer = SIPStreamFramer()
        #expect(!framer.isMidMessage)
        for (bytes, isMidMessage) in [("\r\n", false), ("\r\n", false), ("MES", true), ("SAGE", true)] {
            framer.append(Array(bytes.utf8))
            while try framer.next() != nil {}
            #expect(framer.isMidMessage == isMidMessage, "\(bytes)")
        }
    }

    /// What ends a stream, and that it stays ended.
    @Test(arguments: [
        (message("", length: "-1"), SIPParseError.Kind.malformedValue),
        (message("", length: "70000"), .tooLarge),
        (message("", length: "99999999999999999999999"), .tooLarge),
        (message("", name: "X-Content-Length"), .missingHeader),
        (message("", length: "0\r\nContent-Length: 5"), .repeatedHeader),
        ([13, 10, 13, 65], .malformedStartLine),
        (Array(repeating: 65, count: 40_000), .tooLarge),
    ])
    func broken(_ bytes: [UInt8], _ kind: SIPParseError.Kind) {
        var framer = SIPStreamFramer()
        framer.append(bytes)
        for _ in 0..<2 {
            #expect { try framer.next() } throws: { ($0 as? SIPParseError)?.kind == kind }
            framer.append(Self.message(""))
        }
        #expect(framer.bufferedCount < 1_000)
    }

    /// A message that does not parse is still cut out, so that it can be answered.
    @Test func malformedMessageIsFramed() throws {
        let bytes = Array(
            "BAD  sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nContent-Length: 2\r\n\r\nab".utf8
        )
        var framer = SIPStreamFramer()
        framer.append(bytes + [13, 10, 13, 10])
        #expect(try framer.next() == .message(bytes))
        #expect(try framer.next() == .ping)
    }
}
