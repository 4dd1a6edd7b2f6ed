import SIP

/// Reading and writing SIP messages.
enum SIPBench {
    static func run(_ stopwatch: Stopwatch) -> BenchTable {
        let bytes = Array(invite.utf8)
        var table = BenchTable("SIP, an INVITE of \(bytes.count) octets", unit: "message")
        var index = SIPMessageIndex()
        table.add("index", stopwatch.measure { try? index.index(bytes.span) })
        table.add("parse and validate", stopwatch.measure { _ = try? SIPMessage(parsing: bytes) })
        guard let message = try? SIPMessage(parsing: bytes), let uri = message.requestURI else { return table }
        table.add("print an INVITE like it", stopwatch.measure { _ = printed(message, uri).serialized() })
        table.add(
            "print a 200 to it",
            stopwatch.measure {
                _ = SIPMessageBuilder(response: 200, to: message, toTag: "a1b2c3d4").build().serialized()
            }
        )
        return table
    }

    /// The same headers written one by one, as a user agent does.
    private static func printed(_ message: SIPMessage, _ uri: SIPURI) -> SIPMessage {
        var builder = SIPMessageBuilder(request: .invite, uri: uri)
        for (name, value) in headers { builder.add(name: name, value: value) }
        return builder.build()
    }

    private static let headers = [
        ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK776asdhds776asdhds;rport"),
        ("Max-Forwards", "70"), ("To", "<sip:1001@192.0.2.10>"),
        ("From", "\"Extension 1000\" <sip:1000@192.0.2.10>;tag=1928301774"),
        ("Call-ID", "a84b4c76e66710e8a84b4c76@192.0.2.50"), ("CSeq", "314159 INVITE"),
        ("Contact", "<sip:1000@192.0.2.50:5060;transport=udp>"),
        ("User-Agent", "Example Phone 1.0.2 (softphone; aarch64)"),
        ("Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE, UPDATE, INFO, NOTIFY"), ("Supported", "replaces, timer"),
    ]

    private static let invite =
        "INVITE sip:1001@192.0.2.10 SIP/2.0\r\n"
        + headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "Content-Length: 0\r\n\r\n"
}
