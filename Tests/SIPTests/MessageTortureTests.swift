import SIP
import Testing

@Suite struct MessageTortureTests {
    /// Every example of RFC 4475 §3 in its order.
    private static let rfc4475 = """
        wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason
        badinv01 clerr ncl scalar02 scalarlg quotbal ltgtruri lwsruri lwsstart trws escruri baddate regbadct
        badaspec baddn badvers mismatch01 mismatch02 bigcode
        badbranch insuf unkscm novelsc unksm2 bext01 invut regaut01 multi01 mcl01 bcast zeromf cparam01 cparam02
        regescrt sdp01 inv2543
        """
    private static let rfc5118 = """
        ipv6-good ipv6-bad port-ambiguous port-unambiguous via-received-param-with-delim via-received-param-no-delim
        ipv6-in-sdp mult-ip-in-header mult-ip-in-sdp ipv4-mapped-ipv6 ipv6-bug-abnf-3-colons
        ipv6-correct-abnf-2-colons
        """
    private static let cases = TortureCase.load("rfc4475.txt") + TortureCase.load("rfc5118.txt")

    @Test func everyExampleIsAccountedFor() {
        let names = Self.rfc4475.split { $0.isWhitespace } + Self.rfc5118.split { $0.isWhitespace }
        #expect(names.count == 49 + 12)
        #expect(Self.cases.map { Substring($0.name) } == names)
    }

    @Test(arguments: cases)
    func message(_ torture: TortureCase) throws {
        var outcome = "accept"
        do {
            let message = try SIPMessage(parsing: torture.bytes)
            for (key, value) in torture.probes {
                #expect(Probe.read(key, of: message) ?? "none" == value, "\(key)")
            }
            try checkRoundTrip(message)
        } catch let error as SIPParseError {
            outcome = "reject \(error.kind) \(error.status.map { "\($0)" } ?? "drop")"
            checkRejection(torture.bytes, error)
        }
        #expect(outcome == torture.expectation)
    }

    /// A copy that the builder made shows the same, and so does each typed value printed and read again.
    private func checkRoundTrip(_ message: SIPMessage) throws {
        let copy = try SIPMessage(parsing: SIPMessageBuilder(copying: message).build().serialized())
        #expect(copy.method == message.method && copy.cseq == message.cseq && copy.callID == message.callID)
        #expect(copy.from == message.from && copy.to == message.to && copy.body == message.body)
        #expect(copy.vias == message.vias && copy.contacts == message.contacts && copy.routes == message.routes)
        #expect(copy.requestURI == message.requestURI && copy.reasonPhrase == message.reasonPhrase)
        #expect(message.vias.allSatisfy { Via("\($0)") == $0 })
        #expect(([message.from, message.to] + message.contacts).allSatisfy { NameAddress("\($0)") == $0 })
    }

    private func checkRejection(_ bytes: [UInt8], _ error: SIPParseError) {
        let response = SIPMessage.rejection(of: bytes, because: error)
        guard let status = error.status, error.header != .via else {
            #expect(response == nil)
            return
        }
        let text = response.map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(text.hasPrefix("SIP/2.0 \(status) ") && text.contains("\r\nVia: ") && text.hasSuffix("\r\n\r\n"))
    }
}
