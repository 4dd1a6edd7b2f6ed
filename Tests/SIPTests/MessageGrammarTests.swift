import Base
import SIP
import Testing

@Suite struct MessageGrammarTests {
    /// A URI, and how it is printed again; `nil` where it is none.
    @Test(
        arguments: [
            ("sip:1000@192.0.2.1", "sip:1000@192.0.2.1"),
            ("SIP:1000@192.0.2.1:5062;transport=TCP;lr", "sip:1000@192.0.2.1:5062;transport=TCP;lr"),
            ("sips:a:b@[2001:DB8::1]:5061", "sips:a:b@[2001:db8::1]:5061"),
            ("sip:example.com", "sip:example.com"),
            ("sip:*97#@example.com", "sip:*97#@example.com"),
            ("sip:a%20b@example.com?subject=x%26y&to=z", "sip:a%20b@example.com?subject=x%26y&to=z"),
            ("sip:a@example.com;line=a2V5==", "sip:a@example.com;line=a2V5=="),
            ("sip:a@example.com;%6Cr=%2C", "sip:a@example.com;lr=%2C"),
            ("tel:+1-201-555-0123;phone-context=example.com", "tel:+1-201-555-0123;phone-context=example.com"),
            ("urn:service:sos", "urn:service:sos"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("", nil), ("sip", nil), ("sip:", nil), (":a", nil), ("sip:@h", nil), ("sip:a@", nil), ("sip:a@h:", nil),
            ("sip:a@h:65536", nil), ("sip:a@h:5060x", nil), ("sip:a@[2001:db8::1", nil), ("sip:a@[192.0.2.1]", nil),
            ("sip:a@h;", nil), ("sip:a@h;;lr", nil), ("sip:a@h?", nil), ("sip:a@h?x", nil), ("sip:a b@h", nil),
            ("sip:a%2@h", nil), ("sip:a%zz@h", nil), ("sip:a@b@h", nil), ("tel:", nil), ("tel:abcxyz", nil),
            ("<sip:a@h>", nil),
            ("urn:a b", nil), ("sip:a@h\r\nX: y", nil),
        ] as [(String, String?)]
    )
    func uri(_ text: String, _ printed: String?) {
        let uri = SIPURI(text)
        #expect(uri?.description == printed)
        #expect(printed.map { SIPURI($0) == uri } ?? true)
    }

    /// RFC 3261 §19.1.4, with its examples' kinds.
    @Test(arguments: [
        ("sip:%61lice@atlanta.example;transport=TCP", "sip:alice@AtLanTa.example;Transport=tcp", true),
        ("sip:carol@chicago.example", "sip:carol@chicago.example;newparam=5", true),
        ("sip:carol@chicago.example;security=on", "sip:carol@chicago.example;security=off", false),
        ("sip:alice@h.example?subject=a&to=b", "sip:alice@h.example?to=b&subject=a", true),
        ("sip:alice@h.example", "sip:Alice@h.example", false),
        ("sip:alice@h.example", "sip:alice@h.example:5060", false),
        ("sip:alice@h.example", "sip:alice@h.example;transport=udp", false),
        ("sip:alice@h.example", "sips:alice@h.example", false),
        ("sip:alice@h.example", "sip:alice@h.example?a=b", false),
        ("sip:alice@[2001:db8::1]", "sip:alice@[2001:DB8:0::1]", true),
        ("tel:+1-201-555-0123", "tel:+12015550123", true),
        ("tel:+12015550123", "tel:+12015550124", false),
        ("URN:a:b", "urn:a:b", true),
        ("sip:h;p=a;p=b", "sip:h;p=a;p=b", true),
    ])
    func equivalence(_ left: String, _ right: String, _ isSame: Bool) throws {
        let (left, right) = (try #require(SIPURI(left)), try #require(SIPURI(right)))
        #expect(left.isEquivalent(to: right) == isSame && right.isEquivalent(to: left) == isSame)
    }

    /// An address: display name, URI, tag, and how it is printed.
    @Test(
        arguments: [
            ("<sip:a@h>", nil, "sip:a@h", nil, "<sip:a@h>"),
            ("sip:a@h;tag=1", nil, "sip:a@h", "1", "<sip:a@h>;tag=1"),
            ("Bob <sip:b@h;lr>; tag = x", "Bob", "sip:b@h;lr", "x", "\"Bob\" <sip:b@h;lr>;tag=x"),
            (
                "\"A, \\\"B\\\" <c>\" <sip:b@h>;TAG=y", "A, \"B\" <c>", "sip:b@h", "y",
                "\"A, \\\"B\\\" <c>\" <sip:b@h>;TAG=y"
            ),
            ("\"\" <sip:b@h>", "", "sip:b@h", nil, "\"\" <sip:b@h>"),
            ("Jürgen (Büro) <sip:b@h>", "Jürgen (Büro)", "sip:b@h", nil, "\"Jürgen (Büro)\" <sip:b@h>"),
            (
                "<sip:b@h>;+sip.instance=\"<urn:uuid:1>\"", nil, "sip:b@h", nil,
                "<sip:b@h>;+sip.instance=\"<urn:uuid:1>\""
            ),
            ("<tel:+49301234>;q=0.5", nil, "tel:+49301234", nil, "<tel:+49301234>;q=0.5"),
        ] as [(String, String?, String, String?, String)]
    )
    func address(_ text: String, _ name: String?, _ uri: String, _ tag: String?, _ printed: String) throws {
        let address = try #require(NameAddress(text))
        #expect(address.displayName == name && address.uri.description == uri && address.tag == tag)
        #expect(address.description == printed)
        #expect(NameAddress(printed) == address)
    }

    @Test(arguments: [
        "", "*", "<", "<>", "<sip:a@h", "\"a <sip:a@h>", "\"a\\\r\n b\" <sip:a@h>", "\"a\" sip:a@h", "<sip:a@h>x",
        "<sip:a@h>;", "<sip:a@h>;;a",
        "<sip:a@h>;a=", "<sip:a@h>;a=\"b", "sip:a@h?x=y", "a, b <sip:a@h>", "< sip:a@h>", "<sip:a@h >", "a;b <sip:a@h>",
    ])
    func brokenAddress(_ text: String) {
        #expect(NameAddress(text) == nil)
    }

    /// A Via: how it is printed; `nil` where it is none.
    @Test(
        arguments: [
            ("SIP/2.0/UDP h", "SIP/2.0/UDP h"),
            ("SIP / 2.0 / tls  h : 5061 ; branch = z9hG4bKx ;rport", "SIP/2.0/tls h:5061;branch=z9hG4bKx;rport"),
            ("SIP/2.0/UDP [2001:db8::1];received=2001:db8::2", "SIP/2.0/UDP [2001:db8::1];received=2001:db8::2"),
            ("SIP/2.0/UDP", nil), ("SIP/2.0 h", nil), ("SIP/2.0/UDP h:", nil), ("SIP/2.0/UDP h:99999", nil),
            ("SIP/2.0/UDP h;", nil), ("SIP/2.0/UDP 2001:db8::1", nil), ("SIP/2.0/UDPh", nil), ("", nil),
        ] as [(String, String?)]
    )
    func via(_ text: String, _ printed: String?) {
        #expect(Via(text)?.description == printed)
    }

    @Test(arguments: [
        ("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa"),
        ("SIP/2.0/UDP h;branch=b", "192.0.2.1:1", "SIP/2.0/UDP h;branch=b;received=192.0.2.1"),
        (
            "SIP/2.0/UDP 10.0.0.1;rport;branch=b", "192.0.2.1:7",
            "SIP/2.0/UDP 10.0.0.1;rport=7;branch=b;received=192.0.2.1"
        ),
        ("SIP/2.0/UDP h;rport=1;received=9.9.9.9", "[2001:db8::1]:7", "SIP/2.0/UDP h;rport=7;received=2001:db8::1"),
    ])
    func source(_ text: String, _ source: String, _ noted: String) throws {
        var via = try #require(Via(text))
        via.note(source: try #require(IPEndpoint(source)))
        #expect(via.description == noted)
    }

    /// A message built around some header lines: what a header then has.
    @Test(arguments: [
        (
            "Contact: \"a,b\" <sip:a,x@h>, <sip:b@h>\r\nm: sip:c@h;q=1", "Contact",
            ["\"a,b\" <sip:a,x@h>", "<sip:b@h>", "sip:c@h;q=1"]
        ),
        ("k: a,b ,\r\n\tc\r\nSUPPORTED:", "Supported", ["a", "b", "c"]),
        ("Subject: one\r\n  two,\r\n three", "s", ["one two, three"]),
        ("X-Foo: 1\r\nx-foo: 2,3", "X-FOO", ["1", "2,3"]),
        ("Authorization: Digest a=\"b,c\", d=e", "Authorization", ["Digest a=\"b,c\", d=e"]),
        ("Warning: 399 h \"a, b\", 399 h \"c\"", "Warning", ["399 h \"a, b\"", "399 h \"c\""]),
        ("Allow:INVITE\r\nAllow :  ACK ,BYE", "allow", ["INVITE", "ACK", "BYE"]),
        ("Y: no", "Identity", ["no"]),
        ("X: no", "X-Y", []),
    ])
    func values(_ lines: String, _ name: String, _ values: [String]) throws {
        var text =
            "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
        text += "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\(lines)\r\n\r\n"
        let message = try SIPMessage(parsing: Array(text.utf8))
        #expect(message.all(named: name) == values)
        #expect(message.contains(SIPHeaderName(name)) == !values.isEmpty)
    }

    @Test func numbersOfTelephones() {
        let table = [
            "tel:+1(201)555.0123": "+12015550123", "sip:1000@h": "1000", "sip:+1-2;x=y@h": "+12", "sip:*98#@h": "*98#",
            "sip:alice@h": nil, "sip:h": nil, "urn:1": nil,
        ]
        for (text, number) in table { #expect(SIPURI(text)?.telephoneNumber == number, "\(text)") }
    }
}
