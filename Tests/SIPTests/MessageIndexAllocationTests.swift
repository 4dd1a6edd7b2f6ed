import SIP
import TandemTesting
import Testing

/// What it costs to find everything in a message.
struct MessageIndexAllocationTests {
    /// An INVITE as phones send it: 500 octets without its description.
    private static let invite: [UInt8] = Array(
        """
        INVITE sip:1001@pbx.example.com SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport
        Max-Forwards: 70
        f: "Alice" <sip:1000@pbx.example.com>;tag=1928301774
        To: <sip:1001@pbx.example.com>
        Call-ID: a84b4c76e66710@192.0.2.10
        CSeq: 314159 INVITE
        Contact: <sip:1000@192.0.2.10:5060>
        Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE
        Supported: replaces,
          timer
        User-Agent: Example Phone 1.0 0123456789
        X-Unknown-Header-With-A-Long-Name: value
        Content-Type: application/sdp
        Content-Length: 0


        """.replacing("\n", with: "\r\n").utf8
    )

    @Test func indexingAllocatesNothing() throws {
        #expect((500...600).contains(Self.invite.count))
        var index = SIPMessageIndex(reservingLines: 16)
        // The first message makes the table of names.
        try index.index(Self.invite.span)
        guard let counter = RuntimeCounter() else {
            Issue.record("no counter")
            return
        }
        counter.watchThisThread()
        var lines = 0
        for _ in 0..<1000 {
            try index.index(Self.invite.span)
            lines += index.lineCount
        }
        let counts = counter.finish()
        #expect(lines == 13_000)
        #expect(counts.allocations == 0)
        #expect(counts.objects == 0)
    }

    /// The counter sees what a message of its own costs, so that the zero above means something.
    @Test func aMessageCostsItsIndexAndItsStorage() throws {
        _ = try SIPMessage(parsing: Self.invite)
        guard let counter = RuntimeCounter() else {
            Issue.record("no counter")
            return
        }
        counter.watchThisThread()
        let message = try SIPMessage(parsing: Self.invite)
        let counts = counter.finish()
        #expect(message.cseq == 314_159)
        #expect(counts.allocations >= 2)
    }
}
