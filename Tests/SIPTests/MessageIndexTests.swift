import SIP
import Testing

@Suite struct MessageIndexTests {
    private static let invite: [UInt8] = Array(
        """
        INVITE sip:1001@pbx.example.com SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport
        Max-Forwards: 70
        From: "Alice" <sip:1000@pbx.example.com>;tag=1928301774
        To: <sip:1001@pbx.example.com>
        Call-ID: a84b4c76e66710@192.0.2.10
        CSeq: 314159 INVITE
        Contact: <sip:1000@192.0.2.10:5060>
        Allow: INVITE, ACK, BYE, CANCEL, OPTIONS
        Supported: replaces, timer
        User-Agent: Example Phone 1.0
        Content-Type: application/sdp
        Content-Length: 0


        """.replacing("\n", with: "\r\n").utf8
    )

    /// One index serves many messages, and nothing of one is seen in the next.
    @Test func reuse() throws {
        var index = SIPMessageIndex()
        let response = Array("SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n".utf8)
        for _ in 0..<3 {
            try index.index(Self.invite.span)
            #expect(
                index.isRequest && index.lineCount == 12 && index.value(of: .userAgent, in: Self.invite.span) != nil
            )
            try index.index(response.span)
            #expect(!index.isRequest && index.status == 200 && index.lineCount == 1 && index.methodName.isEmpty)
            #expect(index.value(of: .via, in: response.span) == nil)
            #expect(throws: SIPParseError.self) { try index.index([1, 2, 3].span) }
        }
    }

    /// No prefix of a message is one, and each is refused without a trap.
    @Test func everyPrefixIsRefused() {
        for end in 0..<Self.invite.count {
            #expect(throws: SIPParseError.self) { try SIPMessage(parsing: Array(Self.invite[..<end])) }
        }
    }

    @Test func limits() {
        func outcome(_ lines: String) -> SIPParseError.Kind? {
            let head =
                "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\n"
            do {
                _ = try SIPMessage(parsing: Array("\(head)CSeq: 1 OPTIONS\r\n\(lines)\r\n".utf8))
                return nil
            } catch {
                return error.kind
            }
        }
        func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }
        #expect(outcome(times(251, "X: y\r\n")) == nil)
        #expect(outcome(times(252, "X: y\r\n")) == .tooMany)
        #expect(outcome("\(times(255, "x")): y\r\n") == nil)
        #expect(outcome("\(times(256, "x")): y\r\n") == .malformedHeaderLine)
        #expect(outcome("X: \(times(40_000, "y"))\r\n") == .tooLarge)
        #expect(outcome("\r\n\(times(66_000, "y"))") == .tooLarge)
        #expect(outcome("Via: SIP/2.0/UDP h\(times(254, ",SIP/2.0/UDP h"))\r\n") == nil)
        #expect(outcome("Via: SIP/2.0/UDP h\(times(255, ",SIP/2.0/UDP h"))\r\n") == .tooMany)
        #expect(outcome("Contact: <sip:a@h\(times(64, ";p"))>\r\n") == nil)
        #expect(outcome("Contact: <sip:a@h\(times(65, ";p"))>\r\n") == .malformedValue)
        #expect(outcome("Contact: <sip:\(times(4_091, "a"))>\r\n") == nil)
        #expect(outcome("Contact: <sip:\(times(4_093, "a"))>\r\n") == .malformedValue)
    }

    /// Lines that are no header fields, and values of mandatory fields that break their grammar.
    @Test(arguments: [
        (" folded: first\r\n", "malformedHeaderLine"), (": no name\r\n", "malformedHeaderLine"),
        ("no colon\r\n", "malformedHeaderLine"), ("a b: c\r\n", "malformedHeaderLine"),
        ("a: b\nc: d\r\n", "malformedHeaderLine"),
        ("a: b\rc: d\r\n", "malformedHeaderLine"), ("CSeq: 2 OPTIONS\r\n", "repeatedHeader"),
        ("Max-Forwards: 256\r\n", "malformedValue"), ("Max-Forwards: x\r\n", "malformedValue"),
        ("Contact: *, <sip:a@h>\r\n", "malformedValue"), ("Route: sip:a@h,,sip:b@h\r\n", "malformedValue"),
        ("Content-Length: +1\r\n", "malformedValue"), ("Content-Length: 1\r\n", "truncated"),
        ("Contact: *\r\n", "accepted"), ("X:\r\n", "accepted"), ("X: \u{0}\u{7F}\r\n", "accepted"),
        ("Content-Length: 00\r\n", "accepted"),
    ])
    func lines(_ lines: String, _ expected: String) {
        let start = "OPTIONS sip:h SIP/2.0\r\n"
        let needed = "Via: SIP/2.0/UDP h\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
        // A line that begins with a blank would fold the line before it, so that it is put behind the start line.
        let whole = lines.first == " " ? "\(start)\(lines)\(needed)\r\n" : "\(start)\(needed)\(lines)\r\n"
        var outcome = "accepted"
        do { _ = try SIPMessage(parsing: Array(whole.utf8)) } catch {
            outcome = "\(error.kind)"
            #expect(error.status == 400)
        }
        #expect(outcome == expected)
    }

    /// Compact and long names, in any case, mean the same header.
    @Test(arguments: [
        ("v", SIPHeaderName.via), ("F", .from), ("t", .to), ("i", .callID), ("m", .contact), ("L", .contentLength),
        ("c", .contentType), ("k", .supported), ("s", .subject), ("e", .contentEncoding), ("r", .referTo),
        ("b", .referredBy),
        ("o", .event), ("u", .allowEvents), ("x", .sessionExpires), ("proxy-AUTHORIZATION", .proxyAuthorization),
        ("P-Preferred-Identity", .pPreferredIdentity), ("x-Y", .other("X-y")),
    ])
    func names(_ text: String, _ name: SIPHeaderName) {
        #expect(SIPHeaderName(text) == name && SIPHeaderName(name.name) == name)
        #expect(SIPHeaderName(text).hashValue == name.hashValue)
    }
}
