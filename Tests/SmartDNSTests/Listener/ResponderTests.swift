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

    init() throws {
        secret = try #require(DNSCookieSecret(Array(0..<16)))
        let settings = try Example.configuration()
        responder = Responder(
            zones: settings.zones,
            transferNetworks: settings.transferNetworks,
            rateLimit: 5,
            secret: secret
        )
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
    private static func decide(_ network: IPPrefix) -> SteeringDecision {
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

    // MARK: - Floods

    /// Five answers a second for a network; then every other question is invited to come over a connection.
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
        edns.cookie = DNSCookie(client: 43, server: cookie.server)
        let answered = try (0..<50).count { _ in try ask(Question(edns: edns), from: asker)?.answers.count == 1 }
        #expect(answered < 6)
    }

    // MARK: - Copies

    @Test mutating func transfer() throws {
        let answer = try #require(try ask(Question(name: "example.net", type: .axfr)))
        #expect(answer.answers.first?.data.type == .soa)
        #expect(answer.answers.last?.data == answer.answers.first?.data)
        #expect(answer.answers.count(where: { $0.data.type == .soa }) == 2)
        #expect(answer.answers.contains { "\($0.data)" == "10 100 5061 a.example.net." })
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
        var responder = Responder(
            zones: settings.zones,
            transferNetworks: settings.transferNetworks,
            rateLimit: 0,
            secret: secret
        )
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
