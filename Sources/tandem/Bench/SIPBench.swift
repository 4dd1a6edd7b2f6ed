import SIP

/// Reading and writing SIP messages.
enum SIPBench {
    static func run() {
        let bytes = Array(invite.utf8)
        var index = SIPMessageIndex()
        print("SIP, an INVITE of \(bytes.count) octets")
        Stopwatch.report("index", Stopwatch.nanoseconds { try? index.index(bytes.span) })
        Stopwatch.report("parse with validation", Stopwatch.nanoseconds { _ = try? SIPMessage(parsing: bytes) })
        guard let message = try? SIPMessage(parsing: bytes) else { return }
        Stopwatch.report(
            "print a 200 to it",
            Stopwatch.nanoseconds { _ = SIPMessageBuilder(response: 200, to: message, toTag: "a1b2").build() }
        )
        print("")
    }

    private static let invite =
        [
            "INVITE sip:1001@192.0.2.10 SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK776asdhds776asdhds;rport",
            "Max-Forwards: 70", "To: <sip:1001@192.0.2.10>",
            "From: \"Extension 1000\" <sip:1000@192.0.2.10>;tag=1928301774",
            "Call-ID: a84b4c76e66710e8a84b4c76@192.0.2.50", "CSeq: 314159 INVITE",
            "Contact: <sip:1000@192.0.2.50:5060;transport=udp>", "User-Agent: Example Phone 1.0",
            "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, UPDATE, INFO", "Supported: replaces",
            "Content-Length: 0", "", "",
        ].joined(separator: "\r\n")
}
