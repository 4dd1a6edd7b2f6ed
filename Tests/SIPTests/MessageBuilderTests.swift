import Base
import SIP
import Testing

@Suite struct MessageBuilderTests {
    private static func invite() throws -> SIPMessage {
        var builder = SIPMessageBuilder(request: .invite, uri: try #require(SIPURI("sip:1001@192.0.2.9?a=b")))
        builder.add(Via(transport: "UDP", host: SIPHost("192.0.2.1"), port: 5060, branch: "z9hG4bKab", rport: true))
        builder.add(.maxForwards, "70")
        builder.add(
            .from,
            NameAddress(
                SIPURI(user: "1000", host: SIPHost("pbx.example")),
                displayName: "A \"B\"",
                parameters: ["tag": "f1"]
            )
        )
        builder.add(.to, NameAddress(SIPURI(user: "10 01", host: SIPHost("2001:db8::1"))))
        builder.add(.callID, "call-1")
        builder.add(cseq: 7)
        builder.add(.recordRoute, "<sip:p1.example;lr>, <sip:p2.example;lr>")
        builder.add(name: "X-Note", value: "plain")
        builder.setBody(Array("v=0\r\n".utf8), contentType: "application/sdp")
        return builder.build()
    }

    private static let text = """
        INVITE sip:1001@192.0.2.9 SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKab
        Max-Forwards: 70
        From: "A \\"B\\"" <sip:1000@pbx.example>;tag=f1
        To: <sip:10%2001@[2001:db8::1]>
        Call-ID: call-1
        CSeq: 7 INVITE
        Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>
        X-Note: plain
        Content-Type: application/sdp
        Content-Length: 5

        v=0

        """.replacing("\n", with: "\r\n")

    /// What was built shows the same as what is parsed from its bytes.
    @Test func request() throws {
        let built = try Self.invite()
        #expect(built.description == Self.text)
        for message in [built, try SIPMessage(parsing: built.serialized())] {
            #expect(message.isRequest && message.method == .invite && message.cseq == 7 && message.callID == "call-1")
            #expect(message.fromTag == "f1" && message.toTag == nil && message.topBranch == "z9hG4bKab")
            #expect(message.from.displayName == "A \"B\"" && message.to.uri.user == "10 01")
            #expect(message.recordRoutes.count == 2 && message.bodyText == "v=0\r\n" && message.maxForwards == 70)
            #expect(message.first(named: "x-note") == "plain" && message.hasContentType("Application/SDP"))
            #expect(message.headers.count == 10 && message.requestURI?.description == "sip:1001@192.0.2.9")
        }
    }

    @Test func response() throws {
        let source = try #require(IPEndpoint("192.0.2.1:40000"))
        let builder = SIPMessageBuilder(response: 180, to: try Self.invite(), toTag: "t1", source: source)
        let expected = """
            SIP/2.0 180 Ringing
            Via: SIP/2.0/UDP 192.0.2.1:5060;rport=40000;branch=z9hG4bKab;received=192.0.2.1
            From: "A \\"B\\"" <sip:1000@pbx.example>;tag=f1
            To: <sip:10%2001@[2001:db8::1]>;tag=t1
            Call-ID: call-1
            CSeq: 7 INVITE
            Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>
            Content-Length: 0


            """.replacing("\n", with: "\r\n")
        let response = builder.build()
        #expect(response.description == expected)
        #expect(response.status == 180 && response.method == .invite && response.toTag == "t1")
        let final = SIPMessageBuilder(response: 486, to: try Self.invite(), toTag: nil).build()
        #expect(final.status == 486 && final.recordRoutes.isEmpty && final.toTag == nil)
        #expect(try SIPMessage(parsing: final.serialized()).reasonPhrase == "Busy Here")
    }

    @Test func editing() throws {
        var builder = SIPMessageBuilder(copying: try Self.invite(), without: [.via, .recordRoute, .other("x-NOTE")])
        builder.prepend(.via, "SIP/2.0/TCP b.example;branch=z9hG4bKcd")
        builder.remove(.maxForwards)
        builder.setBody([65], contentType: "text/plain")
        #expect(builder.contains(.via) && !builder.contains(.maxForwards) && !builder.contains(.other("X-Note")))
        let message = builder.build()
        #expect(message.description.hasPrefix("INVITE sip:1001@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/TCP b.example;"))
        let parsed = try SIPMessage(parsing: message.serialized())
        for message in [message, parsed] {
            #expect(message.vias.count == 1 && message.topBranch == "z9hG4bKcd" && message.callID == "call-1")
            #expect(
                message.first(.contentType) == "text/plain" && message.bodyText == "A" && message.headers.count == 7
            )
        }
    }

    /// No text that reaches the builder can end a line or add a header.
    @Test(arguments: [
        "a\r\nEvil: 1", "a\nEvil: 1", "a\r\n\r\nEvil", "a\u{0}b", "\r\n", "a>\r\nEvil: 1", "\"\r\nEvil: 1",
    ])
    func injection(_ text: String) throws {
        var uri = SIPURI(user: text, password: text, host: .name("h" + text), parameters: ["p": text, text: nil])
        uri.headers = [SIPParameter(text, text)]
        var other = SIPURI(.other("x" + text), host: .name(""))
        other.opaque = text
        for uri in [uri, other] {
            var builder = SIPMessageBuilder(request: .other("X" + text), uri: uri)
            var via = Via(transport: "UDP" + text, host: .name("h" + text), branch: text)
            via.parameters[text] = text
            builder.add(via)
            builder.add(.from, NameAddress(uri, displayName: text, parameters: ["tag": text, text: text]))
            builder.add(.to, NameAddress(uri))
            builder.add(.callID, "c" + text)
            builder.add(.subject, text)
            builder.add(name: "X-A", value: text)
            builder.add(name: text, value: "refused unless a token")
            builder.add(.contentLength, "9")
            builder.setBody([], contentType: text)
            let message = builder.build()
            var index = SIPMessageIndex()
            try index.index(message.serialized().span)
            #expect(index.lineCount == 8 && message.headers.count == 8)
            #expect(message.all(named: "Evil").isEmpty && message.body.isEmpty)
            let response = SIPMessageBuilder(response: 200, reason: text, to: message, toTag: text).build()
            try index.index(response.serialized().span)
            #expect(index.lineCount == 5, "Via, From, To, Call-ID, Content-Length")
        }
    }
}
