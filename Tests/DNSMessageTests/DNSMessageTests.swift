import Base
import DNSMessage
import Testing

/// Bytes written as hexadecimal digits; blanks do not count.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.compactMap(\.hexDigit)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func name(_ text: String) -> DomainName { DomainName(text) ?? .root }

struct DNSMessageTests {
    private static let records: [(RecordData, String)] = [
        (.address(IPAddress(v4: 0xC000_0201)), "192.0.2.1"),
        (.address(IPAddress(v6: 0x2001_0DB8_0000_0000, 1)), "2001:db8::1"),
        (.ns(name("ns1.example.net")), "ns1.example.net."),
        (.cname(name("a.other")), "a.other."), (.ptr(name("p.example.net")), "p.example.net."),
        (
            .soa(StartOfAuthority(server: name("ns1.example.net"), mailbox: name("root.example.net"), serial: 7)),
            "ns1.example.net. root.example.net. 7 3600 600 604800 60"
        ),
        (.txt([Array("a \"b\"".utf8), []]), "\"a \\\"b\\\"\" \"\""),
        (
            .srv(ServiceLocation(priority: 10, weight: 100, port: 5060, target: name("dc1.example.net"))),
            "10 100 5060 dc1.example.net."
        ),
        (
            .naptr(
                NamingAuthority(
                    order: 10,
                    preference: 20,
                    flags: "s",
                    services: "SIP+D2U",
                    replacement: name("_sip._udp.example.net")
                )
            ), "10 20 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.net."
        ),
        (.other(RecordType(rawValue: 99), [1, 2, 255]), "\\# 3 0102ff"),
    ]

    @Test func allKindsOfRecords() throws {
        var message = DNSMessage(id: 4711, flags: DNSMessage.Flag.response | DNSMessage.Flag.authoritative)
        message.questions = [DNSQuestion(name("example.net"), .any)]
        message.answers = Self.records.map { ResourceRecord(name("Sip.example.net"), ttl: 30, $0.0) }
        message.authorities = [ResourceRecord(name("example.net"), ttl: 60, .ns(name("ns2.example.net")))]
        message.additionals = [ResourceRecord(name("ns2.example.net"), ttl: 60, .address(.loopbackV4))]
        message.edns = EDNS(payloadSize: 1232)
        message.edns?.clientSubnet = ClientSubnet(IPPrefix("2001:db8:aa00::/39"), scope: 32)
        message.edns?.cookie = DNSCookie(client: 1, server: Array(repeating: 7, count: 16))
        let bytes = try #require(message.serialized())
        #expect(try DNSMessage(parsing: bytes) == message)
        #expect(message.answers.map(\.data.description) == Self.records.map(\.1))
        for length in 0..<bytes.count {
            #expect(throws: DNSMessageError.self) { try DNSMessage(parsing: Array(bytes[..<length])) }
        }
        #expect(message.serialized(limit: bytes.count - 1) == nil)
    }

    /// The message of RFC 1035 §4.1.4: names share their ends.
    @Test func compression() throws {
        var message = DNSMessage(id: 0)
        message.questions = ["F.ISI.ARPA", "FOO.F.ISI.ARPA", "ARPA", "."].map { DNSQuestion(name($0), .a) }
        let expected = bytes(
            "0000 0000 0004 0000 0000 0000 01 46 03 495349 04 41525041 00 0001 0001"
                + "03 464f4f c00c 0001 0001 c012 0001 0001 00 0001 0001"
        )
        #expect(message.serialized() == expected)
        #expect(try DNSMessage(parsing: expected) == message)
        // Other letters are no place to point to: what was asked comes back as it was asked.
        message.questions = ["a.b", "A.b"].map { DNSQuestion(name($0), .a) }
        #expect(message.serialized()?.count == 12 + 9 + 8)
    }

    private static let header = "0001 8000 0000 0001 0000 0000"

    @Test(arguments: [
        // A pointer to itself, to what comes later, into a circle of two.
        ("c00c 0001 0001 00000000 0004 7f000001", DNSMessageError.wrongPointer),
        ("c010 0001 0001 00000000 0004 7f000001", .wrongPointer),
        ("01 61 c00c 0001 0001 00000000 0004 7f000001", .wrongPointer),
        ("c0", .tooShort), ("40 61 00 0001 0001 00000000 0000", .unknownLabel),
        ("80 61 00 0001 0001 00000000 0000", .unknownLabel),
        // An address of three bytes, of five; a name that is longer than its data; strings beyond it.
        ("00 0001 0001 00000000 0003 7f0000", .tooShort), ("00 0001 0001 00000000 0005 7f00000101", .wrongData),
        ("00 0002 0001 00000000 0002 0161 00", .wrongData), ("00 0010 0001 00000000 0002 02 6161", .wrongData),
        ("00 0010 0001 00000000 0000", .tooShort), ("00 0063 0001 00000000 0002 01", .tooShort),
        ("00 0001 0001 00000000 0004 7f000001 00", .wrongLength),
        // OPT: with a name, with an option beyond its end, two options of which the second is cut.
        ("01 61 00 0029 0200 00000000 0000", .wrongOPT), ("00 0029 0200 00000000 0004 0008 0004", .tooShort),
        ("00 0029 0200 00000000 0006 000c 0000 0008", .tooShort),
    ]) func broken(record: String, error: DNSMessageError) {
        #expect(throws: error) { try DNSMessage(parsing: bytes(Self.header + record)) }
    }

    /// A name of 63 pointers is read; one of 65 is not, though it leads back all the time.
    @Test(arguments: [(63, true), (65, false)]) func chains(pointers: Int, isRead: Bool) {
        var message = bytes("0001 8000 0000 0001 0000 0000 00 0063 0001 00000000")
        let dataStart = message.count + 2
        var data: [UInt8] = [0]
        var target = dataStart
        for _ in 1..<pointers {
            let place = dataStart + data.count
            data += [0xC0 | UInt8(target >> 8), UInt8(target & 255)]
            target = place
        }
        message += [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
        message[7] = 2
        message += [0xC0 | UInt8(target >> 8), UInt8(target & 255)] + bytes("0063 0001 00000000 0000")
        #expect(((try? DNSMessage(parsing: message)) != nil) == isRead)
    }

    @Test func tooMuch() {
        #expect(throws: DNSMessageError.tooManyRecords) {
            try DNSMessage(parsing: bytes("0001 8000 0000 ffff 0000 0000"))
        }
        #expect(throws: DNSMessageError.wrongLength) {
            try DNSMessage(parsing: bytes("0001 8000 0000 0000 0000 0000") + Array(repeating: 0, count: 65_536))
        }
    }

    @Test(
        arguments: [
            ("A", 1), ("naptr", 35), ("AAAA", 28), ("TYPE65", 65), ("https", 65), ("DS", 43), ("TYPE65280", 65_280),
            ("type1", 1), ("MX1", nil), ("TYPE65536", nil),
        ] as [(String, UInt16?)]
    ) func types(name: String, number: UInt16?) {
        #expect(RecordType(name: name)?.rawValue == number)
    }

    @Test(arguments: [(1, "A"), (255, "ANY"), (65, "HTTPS"), (65_280, "TYPE65280")] as [(UInt16, String)])
    func namesOfTypes(number: UInt16, name: String) {
        #expect(RecordType(rawValue: number).description == name)
    }
}
