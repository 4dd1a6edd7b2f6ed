import Base
import DNSMessage
import Testing

@testable import SmartDNS

struct ResponderTests {
    private struct Question {
        var name = "sip.example.net"
        var type = RecordType.a
        var recordClass = RecordClass.internet
        var edns: EDNS?
        var flags: UInt16 = 0x0100

        func bytes() throws -> [UInt8] {
            var message = DNSMessage(id: 7, flags: flags)
            message.questions = [DNSQuestion(Example.name(name), type, class: recordClass)]
            message.edns = edns
            return try #require(message.serialized())
        }
    }

    private var responder: Responder
    private let secret: DNSCookieSecret
    /// One that is not used any more, and still taken.
    private let old: DNSCookieSecret

    init() throws {
        secret = try #require(DNSCookieSecret(Array(0..<16)))
        old = try #require(DNSCookieSecret(Array(16..<32)))
        var settings = try Example.configuration()
        settings.rates.perSecond = 5
        settings.rates.exempt = [try #require(IPPrefix("203.0.115.0/24"))]
        responder = Responder(settings, secrets: [secret, old], seed: 1)
    }

    private func asker(_ address: String = "127.0.0.1", isConnected: Bool = true, seconds: Int64 = 0) throws
        -> Responder.Asker
    {
        Responder.Asker(
            address: try #require(IPAddress(address)),
            isConnected: isConnected,
            now: MonotonicInstant(nanoseconds: seconds * 1_000_000_000),
            unixTime: 1000,
            chance: 0
        )
    }

    /// Those in 198.51.100.0/24 are close to c, all others to b.
    private static func decide(_ network: IPPrefix?, _: Bool) -> SteeringDecision {
        guard let network else { return SteeringDecision(order: [0, 2], scope: 24, isLastResort: false) }
        let isThere = network.address.low >> 8 == 0xC633_64 && network.address.family == .v4
        return SteeringDecision(order: isThere ? [2, 1, 0] : [1, 0, 2], scope: 22, isLastResort: false)
    }

    private mutating func ask(_ question: Question, from asker: Responder.Asker? = nil) throws -> DNSMessage? {
        let asker = try asker ?? self.asker()
        let answers = responder.answers(to: try question.bytes(), from: asker, decide: Self.decide)
        return try answers.first.map { try DNSMessage(parsing: $0) }
    }

    private static func subnet(_ text: String) -> EDNS {
        var edns = EDNS(payloadSize: 1232)
        edns.clientSubnet = ClientSubnet(IPPrefix(text))
        return edns
    }

    @Test mutating func steered() throws {
        let plain = try #require(try ask(Question()))
        #expect(plain.flags == 0x8500)
        #expect(plain.answers.map { "\($0.data)" } == ["192.0.2.2"])
        #expect(plain.edns == nil)
        let there = try #require(try ask(Question(edns: Self.subnet("198.51.100.0/24"))))
        #expect(there.answers.map { "\($0.data)" } == ["192.0.2.3"])
        #expect(there.edns?.clientSubnet == ClientSubnet(IPPrefix("198.51.100.0/24"), scope: 22))
        let same = try #require(try ask(Question(name: "web.example.net", edns: Self.subnet("198.51.100.0/24"))))
        #expect(same.edns?.clientSubnet?.scope == 0)
    }

    /// Networks that say nothing about a client: the asker's own address counts, and the answer is for all of their kind and
    /// nobody else (RFC 7871 §10); without a network nothing is said of who it is for.
    @Test(arguments: [
        ("10.1.0.0/16", UInt8(8)), ("127.0.0.0/8", 8), ("192.168.7.0/24", 16), ("100.64.1.0/24", 10),
        ("224.0.0.0/4", 3), ("fe80::/64", 10), ("fd00:1::/48", 7), ("0.0.0.0/0", 0), ("::/0", 0),
    ])
    mutating func useless(network: String, scope: UInt8) throws {
        let asker = try asker("198.51.100.7")
        let answer = try #require(try ask(Question(edns: Self.subnet(network)), from: asker))
        #expect(answer.answers.map { "\($0.data)" } == ["192.0.2.3"])
        #expect(answer.edns?.clientSubnet == ClientSubnet(IPPrefix(network), scope: scope))
        let same = try #require(try ask(Question(name: "web.example.net", edns: Self.subnet(network)), from: asker))
        #expect(same.edns?.clientSubnet?.scope == 0)
    }

    @Test mutating func services() throws {
        let answer = try #require(try ask(Question(name: "_sips._tcp.SIP.example.net", type: .srv)))
        #expect(answer.questions[0].name.description == "_sips._tcp.SIP.example.net.")
        #expect(answer.answers.map { "\($0.data)" }.first == "10 100 5061 b.example.net.")
        #expect(
            answer.additionals.map { "\($0.name) \($0.data)" }.prefix(3) == [
                "b.example.net. 192.0.2.2", "b.example.net. 2001:db8::2", "a.example.net. 192.0.2.1",
            ]
        )
    }

    @Test(arguments: [
        ("nothing.example.net", RecordType.a, RecordClass.internet, ResponseCode.nameError, true),
        ("deep.example.net", .a, RecordClass.internet, .noError, true),
        ("sip.example.net", .txt, RecordClass.internet, .noError, true),
        ("example.org", .a, RecordClass.internet, .refused, false),
        ("version.bind", .txt, RecordClass.chaos, .refused, false),
        ("example.net", .soa, RecordClass.any, .refused, false),
    ]) mutating func nothing(name: String, type: RecordType, recordClass: UInt16, code: ResponseCode, hasSOA: Bool)
        throws
    {
        let answer = try #require(try ask(Question(name: name, type: type, recordClass: recordClass)))
        #expect(answer.responseCode == code)
        #expect(answer.answers.isEmpty)
        #expect(answer.authorities.map(\.data.type) == (hasSOA ? [.soa] : []))
        if hasSOA { #expect(answer.authorities.first?.ttl == 60) }
        #expect((answer.flags & DNSMessage.Flag.authoritative != 0) == hasSOA)
    }

    /// RFC 8482: of a name that exists, that there is no list; of another one, that there is none.
    @Test mutating func allTypes() throws {
        let answer = try #require(try ask(Question(type: .any)))
        #expect(answer.answers.map(\.data.type) == [.hinfo])
        #expect(try ask(Question(name: "nothing.example.net", type: .any))?.responseCode == .nameError)
    }

    @Test mutating func malformed() throws {
        var bytes = try Question().bytes()
        bytes.removeLast()
        let asker = try asker(isConnected: false)
        let answers = responder.answers(to: bytes, from: asker, decide: Self.decide)
        #expect(try DNSMessage(parsing: try #require(answers.first)).responseCode == .formatError)
        #expect(responder.answers(to: [1, 2, 3], from: asker, decide: Self.decide).isEmpty)
        #expect(try ask(Question(flags: 0x2000))?.responseCode == .refused)
        #expect(try ask(Question(flags: 0x2800))?.responseCode == .notImplemented)
        #expect(try ask(Question(flags: 0x8000)) == nil)
    }

    /// Whoever speaks EDNS hears that we do, whatever is wrong with the question (RFC 6891 §6.1.1): resolvers send no more
    /// networks to those who seem not to.
    @Test(arguments: [
        (UInt16(0x0100), ResponseCode.formatError, [UInt8]([0, 8, 0, 7, 0, 3, 24, 0, 1, 2, 3])),
        (0x0100, .formatError, [0, 8, 0, 7, 0, 1, 24, 24, 1, 2, 3]), (0x0100, .formatError, [0, 10, 0, 1, 7]),
        (0x2000, .refused, []), (0x2800, .notImplemented, []), (0x1000, .notImplemented, []),
    ]) mutating func refusalsWithEDNS(flags: UInt16, code: ResponseCode, options: [UInt8]) throws {
        var bytes = try Question(flags: flags).bytes()
        bytes[11] = 1
        bytes += [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, UInt8(options.count)] + options
        let answers = responder.answers(to: bytes, from: try asker(), decide: Self.decide)
        let answer = try DNSMessage(parsing: #require(answers.first))
        #expect(answer.responseCode == code)
        #expect(answer.edns?.payloadSize == 1232)
    }

    /// Of another version of EDNS nobody knows what its options look like; its sender hears which version there is.
    @Test mutating func otherVersion() throws {
        var bytes = try Question().bytes()
        bytes[11] = 1
        bytes += [0, 0, 41, 4, 208, 0, 1, 0, 0, 0, 3, 0, 8, 99]
        let answers = responder.answers(to: bytes, from: try asker(), decide: Self.decide)
        #expect(try DNSMessage(parsing: #require(answers.first)).responseCode == .badVersion)
    }

    /// What does not depend on who asks costs no decision, and what cannot send anybody anywhere explores nothing.
    @Test(
        arguments: [
            (RecordType.txt, "sip", []), (RecordType(rawValue: 15), "sip", []), (.any, "sip", []), (.a, "web", []),
            (.a, "sip", [true]), (.aaaa, "sip", [true]), (.naptr, "sip", [false]), (.srv, "_sip._udp.sip", [false]),
            (.a, "_sip._udp.sip", []),
        ] as [(RecordType, String, [Bool])]
    ) mutating func decisions(type: RecordType, name: String, asked: [Bool]) throws {
        var decisions: [Bool] = []
        let bytes = try Question(name: name + ".example.net", type: type).bytes()
        _ = responder.answers(to: bytes, from: try asker()) { network, explores in
            decisions.append(explores)
            return Self.decide(network, explores)
        }
        #expect(decisions == asked)
    }

    // MARK: - Floods

    /// Five answers of a kind a second for a network; then every other question is invited to come over a connection.
    @Test mutating func limits() throws {
        var seen: [String] = []
        for number in 0..<9 {
            let answer = try ask(Question(), from: asker("203.0.113.\(number)", isConnected: false))
            seen.append(answer.map { $0.isTruncated ? "truncated" : "answered" } ?? "silence")
        }
        #expect(seen == Array(repeating: "answered", count: 5) + ["silence", "truncated", "silence", "truncated"])
        #expect(try ask(Question(), from: asker("203.0.113.9", isConnected: true))?.answers.count == 1)
        #expect(try ask(Question(), from: asker("203.0.114.9", isConnected: false))?.answers.count == 1)
        #expect(try ask(Question(), from: asker("203.0.113.9", isConnected: false, seconds: 1))?.answers.count == 1)
        // Another name is another thing; names that are not there are all one, and so is what we know nothing of.
        let same = try asker("203.0.113.9", isConnected: false)
        #expect(try ask(Question(name: "web.example.net"), from: same)?.answers.count == 1)
        for zone in ["example.net", "example.org"] {
            let answered = try (0..<20).count {
                try ask(Question(name: "n\($0).\(zone)"), from: same)?.isTruncated == false
            }
            #expect(answered == 5)
        }
        let exempt = try asker("203.0.115.7", isConnected: false)
        #expect(try (0..<50).allSatisfy { _ in try ask(Question(), from: exempt)?.answers.count == 1 })
    }

    /// However many networks ask, or seem to: whoever is limited stays so, and others are not.
    @Test mutating func manyNetworks() throws {
        let victim = try asker("203.0.113.1", isConnected: false)
        for _ in 0..<20 { _ = try ask(Question(), from: victim) }
        let bytes = try Question().bytes()
        for number in 0..<UInt32(100_000) {
            let other = Responder.Asker(
                address: IPAddress(v4: 0x1000_0000 + number << 8),
                isConnected: false,
                now: victim.now,
                unixTime: 1000,
                chance: 0
            )
            _ = responder.answers(to: bytes, from: other, decide: Self.decide)
        }
        let answered = try (0..<20).count { _ in try ask(Question(), from: victim)?.answers.count == 1 }
        #expect(answered == 0)
        #expect(try ask(Question(), from: asker("198.18.7.1", isConnected: false))?.answers.count == 1)
    }

    @Test mutating func cookies() throws {
        var edns = EDNS(payloadSize: 1232)
        edns.cookie = DNSCookie(client: 42)
        let asker = try asker("203.0.113.1", isConnected: false)
        let first = try #require(try ask(Question(edns: edns), from: asker))
        let cookie = try #require(first.edns?.cookie)
        #expect(cookie.isGood(from: asker.address, secret: secret, at: 1000))
        edns.cookie = cookie
        for _ in 0..<50 { #expect(try ask(Question(edns: edns), from: asker)?.answers.count == 1) }
        // One of another server, or of before the secret was changed.
        edns.cookie = DNSCookie(client: 42).issued(to: asker.address, secret: old, at: 900)
        for _ in 0..<50 { #expect(try ask(Question(edns: edns), from: asker)?.answers.count == 1) }
        edns.cookie = DNSCookie(client: 43, server: cookie.server)
        let answers = try (0..<50).map { _ in try ask(Question(edns: edns), from: asker) }
        #expect(answers.count { $0?.answers.count == 1 } < 6)
        // Who knows cookies is not sent to a connection, but gets a good one (RFC 7873 §5.2.3).
        let refused = try #require(answers.compactMap { $0 }.first { $0.answers.isEmpty })
        #expect(refused.responseCode == .badCookie && !refused.isTruncated)
        #expect(refused.edns?.cookie?.isGood(from: asker.address, secret: secret, at: 1000) == true)
    }

    /// Who asks for nothing but a cookie gets one (RFC 7873 §5.4).
    @Test mutating func cookieAlone() throws {
        var message = DNSMessage(id: 9)
        message.edns = EDNS(payloadSize: 1232)
        let asker = try asker("203.0.113.1", isConnected: false)
        func answer() throws -> DNSMessage {
            let bytes = try #require(message.serialized())
            return try DNSMessage(
                parsing: #require(responder.answers(to: bytes, from: asker, decide: Self.decide).first)
            )
        }
        #expect(try answer().responseCode == .formatError)
        message.edns?.cookie = DNSCookie(client: 1)
        let first = try answer()
        #expect(first.responseCode == .noError && first.questions.isEmpty)
        let cookie = try #require(first.edns?.cookie)
        #expect(cookie.isGood(from: asker.address, secret: secret, at: 1000))
        message.edns?.cookie = cookie
        #expect(try answer().responseCode == .noError)
        message.edns?.cookie = DNSCookie(client: 2, server: cookie.server)
        #expect(try answer().responseCode == .badCookie)
    }

    // MARK: - Copies

    @Test mutating func transfer() throws {
        let answer = try #require(try ask(Question(name: "example.net", type: .axfr)))
        #expect(answer.answers.first?.data.type == .soa)
        #expect(answer.answers.last?.data == answer.answers.first?.data)
        #expect(answer.answers.count(where: { $0.data.type == .soa }) == 2)
        // Those that live, in the configured order.
        let places = answer.answers.filter { $0.name == Example.name("_sips._tcp.sip.example.net") }
        #expect(places.map { "\($0.data)" } == ["10 100 5061 a.example.net.", "20 100 5061 c.example.net."])
        #expect(try ask(Question(name: "example.net", type: .axfr), from: asker("192.0.2.9"))?.responseCode == .refused)
        #expect(try ask(Question(name: "sip.example.net", type: .axfr))?.responseCode == .refused)
        let datagram = try asker(isConnected: false)
        #expect(try ask(Question(name: "example.net", type: .axfr), from: datagram)?.responseCode == .formatError)
    }

    /// A zone that does not fit into one message comes in several, and nothing is missing.
    @Test func longTransfer() throws {
        let text = String(repeating: "t", count: 250)
        let records = (0..<600).map { "<record name=\"n\($0)\" type=\"TXT\" content=\"\(text)\"/>" }.joined()
        let zones = "<zone name=\"a.b\"><param name=\"name-server\" value=\"ns\"/>\(records)</zone>"
        let settings = try Example.configuration(zones: zones)
        var responder = Responder(settings, secrets: [secret], seed: 1)
        let question = try Question(name: "a.b", type: .axfr).bytes()
        let answers = responder.answers(to: question, from: try asker(), decide: Self.decide)
        let messages = try answers.map { try DNSMessage(parsing: $0) }
        #expect(messages.count > 2)
        #expect(messages.allSatisfy { !$0.isTruncated })
        let all = messages.flatMap(\.answers)
        #expect(Set(all.filter { $0.data.type == .txt }.map(\.name)).count == 600)
        #expect(all.first?.data.type == .soa && all.last?.data.type == .soa)
    }
}
