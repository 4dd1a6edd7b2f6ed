import Base
import DNSMessage
import Testing
import XMLConfig

@testable import SmartDNS

struct ZoneTests {
    private static let order = [1, 0, 2]

    /// What is said about a name, a line for each record, to somebody whose best data center is b.
    private func answer(_ name: String, _ type: String, order: [Int] = order, isLastResort: Bool = false) throws
        -> [String]
    {
        let zones = try Example.configuration().zones
        let type = try #require(RecordType(name: type))
        let outcome = zones.answer(Example.name(name), type, chance: 0) {
            SteeringDecision(order: order, scope: 20, isLastResort: isLastResort)
        }
        switch outcome {
        case .rows(let rows): return rows.map { "\($0.name) \($0.ttl)/\($0.scope) \($0.data.type) \($0.data)" }
        case .noData: return ["no data"]
        case .noName: return ["no name"]
        case .notOurs: return ["not ours"]
        }
    }

    @Test(arguments: [
        ("example.net", "NS", ["example.net. 3600/0 NS ns1.example.net.", "example.net. 3600/0 NS ns.other."]),
        ("EXAMPLE.net", "A", ["no data"]), ("deep.example.net", "A", ["no data"]),
        ("nothing.example.net", "A", ["no name"]), ("example.org", "A", ["not ours"]), (".", "NS", ["not ours"]),
        (
            "www.example.net", "A",
            ["www.example.net. 3600/0 CNAME web.example.net.", "web.example.net. 60/0 A 192.0.2.80"]
        ),
        ("www.example.net", "CNAME", ["www.example.net. 3600/0 CNAME web.example.net."]),
        ("x.deep.example.net", "TXT", ["x.deep.example.net. 3600/0 TXT \"t\""]),
        ("b.example.net", "AAAA", ["b.example.net. 3600/0 AAAA 2001:db8::2"]),
        ("sip.example.net", "A", ["sip.example.net. 30/20 A 192.0.2.2"]),
        ("sip.example.net", "AAAA", ["sip.example.net. 30/20 AAAA 2001:db8::2"]),
        ("sip.example.net", "TXT", ["no data"]),
        (
            "sip.example.net", "NAPTR",
            [
                "sip.example.net. 30/20 NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.sip.example.net.",
                "sip.example.net. 30/20 NAPTR 20 10 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.sip.example.net.",
                "sip.example.net. 30/20 NAPTR 30 10 \"s\" \"SIPS+D2W\" \"\" _sips._wss.sip.example.net.",
            ]
        ),
        (
            "_sip._udp.sip.example.net", "SRV",
            [
                "_sip._udp.sip.example.net. 30/20 SRV 10 100 5080 b.example.net.",
                "_sip._udp.sip.example.net. 30/20 SRV 20 100 5080 a.example.net.",
                "_sip._udp.sip.example.net. 30/20 SRV 30 100 5080 c.example.net.",
            ]
        ),
        ("_udp.sip.example.net", "SRV", ["no data"]), ("_sip._tcp.sip.example.net", "SRV", ["no name"]),
    ]) func answers(name: String, type: String, lines: [String]) throws {
        #expect(try answer(name, type) == lines)
    }

    /// Where the best data center has no address of IPv6, the next one is named; when nobody lives, all are.
    @Test func families() throws {
        #expect(try answer("sip.example.net", "AAAA", order: [0, 2, 1]) == ["sip.example.net. 30/20 AAAA 2001:db8::3"])
        #expect(try answer("sip.example.net", "A", order: [0, 1, 2], isLastResort: true).count == 3)
        // Only one without IPv6 lives: phones with both families would prefer the addresses of dead ones.
        #expect(try answer("sip.example.net", "AAAA", order: [0]) == ["no data"])
        #expect(try answer("sip.example.net", "AAAA", order: [0, 1, 2], isLastResort: true).count == 2)
    }

    /// A data center of which more should be known gets a part of the first priority.
    @Test func sharing() throws {
        let zones = try Example.configuration().zones
        var decision = SteeringDecision(order: [0, 1, 2], scope: 24, isLastResort: false)
        (decision.candidate, decision.candidateWeight) = (2, 4)
        let outcome = zones.answer(Example.name("_sip._udp.sip.example.net"), .srv, chance: 0) { decision }
        guard case .rows(let rows) = outcome else {
            Issue.record("no rows")
            return
        }
        #expect(rows.map { "\($0.data)".prefix(6) } == ["10 96 ", "20 100", "10 4 5"])
        decision.explored = 2
        let address = zones.answer(Example.name("sip.example.net"), .a, chance: 0) { decision }
        guard case .rows(let tried) = address else {
            Issue.record("no rows")
            return
        }
        #expect(tried.map { "\($0.data)" } == ["192.0.2.3"])
    }

    @Test func spread() throws {
        let settings = "<param name=\"ttl\" value=\"100\"/><param name=\"ttl-spread\" value=\"20\"/>"
        let zones = try Example.configuration(settings: settings).zones
        var generator = SeededGenerator(seed: 1)
        let ttls = (0..<500).flatMap { _ -> [UInt32] in
            let outcome = zones.answer(Example.name("sip.example.net"), .a, chance: generator.next()) {
                SteeringDecision(order: [0], scope: 1, isLastResort: false)
            }
            guard case .rows(let rows) = outcome else { return [] }
            return rows.map(\.ttl)
        }
        #expect(ttls.min() == 80 && ttls.max() == 120)
    }

    /// RFC 4034 §6.1, with the names that it has.
    @Test func canonicalOrder() {
        let names = [
            "example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example",
            "\\001.z.example",
            "*.z.example", "\\200.z.example",
        ].map { Example.name($0) }
        var generator = SeededGenerator(seed: 3)
        #expect(names.shuffled(using: &generator).sorted { $0.precedes($1) } == names)
    }

    // MARK: - Configurations that are wrong

    @Test(arguments: [
        ("settings", "<param name=\"ttl\" value=\"0\"/>", "ttl is \"0\""),
        (
            "settings", "<param name=\"backend-socket\" value=\"/\(String(repeating: "x", count: 107))\"/>",
            "longer than 107"
        ),
        ("centers", "", "there is no data center"), ("zones", "", "there is no zone"),
        ("centers", "<data-center name=\"a\"/>", "has no address"),
        ("centers", "<data-center name=\"a.b\"><param name=\"address\" value=\"::1\"/></data-center>", "one label"),
        (
            "centers", "<data-center name=\"a\"><param name=\"address\" value=\"x\"/></data-center>",
            "expected an IP address"
        ),
        ("zones", "<zone name=\"a..b\"/>", "needs a name"), ("zones", "<zone name=\"a\"/>", "no name-server"),
        ("zones", zone("<record name=\"x.other.\" type=\"A\" content=\"1.2.3.4\"/>"), "inside of its zone"),
        ("zones", zone("<record name=\"x\" type=\"A\" content=\"::1\"/>"), "cannot be"),
        ("zones", zone("<record name=\"x\" type=\"A\" content=\"192.0.2.1\" ttl=\"1h\"/>"), "ttl is"),
        ("zones", zone("<record name=\"x\" type=\"NS\" content=\"ns1\"/>"), "delegated"),
        ("zones", zone("<record name=\"@\" type=\"CNAME\" content=\"ns1\"/>"), "is a zone"),
        ("zones", zone("<record name=\"a\" type=\"CNAME\" content=\"ns1\"/>"), "has other records"),
        (
            "zones",
            zone(
                "<record name=\"x\" type=\"CNAME\" content=\"ns1\"/><record name=\"x\" type=\"TXT\" content=\"t\"/>"
            ), "is an alias"
        ),
        ("zones", zone("<service name=\"s\" transports=\"udp,carrier\"/>"), "transports are"),
        ("zones", zone("<service name=\"s\" port-udp=\"0\"/>"), "expected a port"),
        (
            "zones", zone("<record name=\"s\" type=\"A\" content=\"1.2.3.4\"/><service name=\"s\"/>"),
            "same for everybody"
        ),
        ("zones", zone("") + zone(""), "two zones"),
    ]) func wrong(part: String, text: String, message: String) throws {
        do {
            switch part {
            case "settings": _ = try Example.configuration(settings: text)
            case "centers": _ = try Example.configuration(centers: text)
            default: _ = try Example.configuration(zones: text)
            }
            Issue.record("it was taken")
        } catch let error as ConfigurationError {
            #expect(error.diagnostics.contains { $0.message.contains(message) }, "\(error)")
        }
    }

    private static func zone(_ inside: String) -> String {
        "<zone name=\"a.b\"><param name=\"name-server\" value=\"ns\"/>\(inside)</zone>"
    }
}
