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
        let outcome = zones.answer(Example.name(name), type, chance: 0) { _ in
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
        let outcome = zones.answer(Example.name("_sip._udp.sip.example.net"), .srv, chance: 0) { _ in decision }
        guard case .rows(let rows) = outcome else {
            Issue.record("no rows")
            return
        }
        #expect(rows.map { "\($0.data)".prefix(6) } == ["10 96 ", "20 100", "10 4 5"])
        decision.explored = 2
        let address = zones.answer(Example.name("sip.example.net"), .a, chance: 0) { _ in decision }
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
            let outcome = zones.answer(Example.name("sip.example.net"), .a, chance: generator.next()) { _ in
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

    /// As PowerDNS does it (RFC 4592): what is below a name that exists is not what `*` stands for.
    @Test(arguments: [
        ("anything.w.example.net", "A", ["anything.w.example.net. 3600/0 A 192.0.2.7"]),
        ("a.b.w.example.net", "A", ["a.b.w.example.net. 3600/0 A 192.0.2.7"]),
        ("anything.w.example.net", "TXT", ["no data"]), ("there.w.example.net", "A", ["no data"]),
        ("below.there.w.example.net", "A", ["no name"]), ("w.example.net", "A", ["no data"]),
        ("*.w.example.net", "A", ["*.w.example.net. 3600/0 A 192.0.2.7"]),
        (
            "x.v.example.net", "A",
            ["x.v.example.net. 3600/0 CNAME there.w.example.net."]
        ),
        ("x.example.net", "A", ["no name"]),
    ]) func wildcards(name: String, type: String, lines: [String]) throws {
        let zone = """
            <zone name="example.net"><param name="name-server" value="ns.other."/>
            <record name="*.w" type="A" content="192.0.2.7"/><record name="there.w" type="TXT" content="t"/>
            <record name="*.v" type="CNAME" content="there.w"/></zone>
            """
        let zones = try Example.configuration(zones: zone).zones
        #expect(Self.lines(zones, name, type) == lines)
        // PowerDNS looks for `*` itself.
        let plain = zones.answer(Example.name(name), .a, isWhole: false, chance: 0) { _ in Self.anything }
        if case .rows(let rows) = plain { #expect(rows.allSatisfy { $0.name.wire.starts(with: [1, 42]) }) }
    }

    private static let anything = SteeringDecision(order: [0], scope: 1, isLastResort: false)

    private static func lines(_ zones: ZoneSet, _ name: String, _ type: String) -> [String] {
        switch zones.answer(Example.name(name), RecordType(name: type) ?? .a, chance: 0, decide: { _ in anything }) {
        case .rows(let rows): rows.map { "\($0.name) \($0.ttl)/\($0.scope) \($0.data.type) \($0.data)" }
        case .noData(let zone): zones.zones.count > 1 ? ["no data in \(zone.name)"] : ["no data"]
        case .noName: ["no name"]
        case .notOurs: ["not ours"]
        }
    }

    /// What a zone's parent says of its keys, the parent is asked for (RFC 4035 §3.1.4.1).
    @Test(arguments: [
        ("sub.example.net", "DS", "no data in example.net."), ("sub.example.net", "TXT", "no data in sub.example.net."),
        ("example.net", "DS", "no data in example.net."), ("x.sub.example.net", "DS", "no data in sub.example.net."),
        ("org", "DS", "not ours"),
    ]) func cuts(name: String, type: String, line: String) throws {
        let text = ["example.net", "sub.example.net"].map {
            "<zone name=\"\($0)\"><param name=\"name-server\" value=\"ns.other.\"/>"
                + "<record name=\"x\" type=\"A\" content=\"192.0.2.7\"/></zone>"
        }
        #expect(Self.lines(try Example.configuration(zones: text.joined()).zones, name, type) == [line])
    }

    /// Of many zones the one with the longest name that fits, whatever the letters; numbers belong to the names.
    @Test func manyZones() throws {
        let names = (0..<300).flatMap { ["z\($0).test", "a.z\($0).test"] } + ["test"]
        func set(_ names: [String]) throws -> ZoneSet {
            let texts = names.map { "<zone name=\"\($0)\"><param name=\"name-server\" value=\"ns.other.\"/></zone>" }
            return try Example.configuration(zones: texts.joined()).zones
        }
        let zones = try set(names)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let number = Int.random(in: 0..<400, using: &generator)
            let name = Example.name(
                ["x.a.Z\(number).TEST", "b.z\(number).test", "a.z\(number).test"].randomElement(using: &generator) ?? ""
            )
            let expected = zones.zones.indices.filter { name.isEqualOrBelow(zones.zones[$0].name) }.max {
                zones.zones[$0].name.wire.count < zones.zones[$1].name.wire.count
            }
            #expect(zones.index(of: name) == expected)
        }
        #expect(zones.index(of: Example.name("example.org")) == nil && zones.index(of: .root) == nil)
        #expect(Set(zones.zones.map(\.id)).count == names.count)
        let fewer = try set(names.reversed().filter { !$0.hasPrefix("a.") })
        for zone in fewer.zones {
            let before = try #require(zones.index(numbered: zone.id))
            #expect(zones.zones[before].name == zone.name)
        }
    }

    /// The neighbours of any name are those that a list in canonical order has.
    @Test func neighbours() throws {
        var generator = SeededGenerator(seed: 6)
        let labels = (0..<400).map { _ in
            (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                String("aBz-1".randomElement(using: &generator) ?? "a")
                    + String(Int.random(in: 0..<40, using: &generator))
            }.joined(separator: ".")
        }
        let records = Set(labels.map { $0.lowercased() }).map { "<record name=\"\($0)\" type=\"TXT\" content=\"t\"/>" }
        let text = "<zone name=\"t\"><param name=\"name-server\" value=\"ns.o.\"/>\(records.joined())</zone>"
        let zone = try Example.configuration(zones: text).zones.zones[0]
        let ordered = zone.existing.filter { !zone.isEmpty($0) }.sorted { Self.canonical($0, $1) }
        #expect(Array(zone.names) == ordered)
        for label in labels + ["m.m.m", "0", "zz"] {
            let name = Example.name(label + ".t")
            let found = zone.neighbours(of: name)
            let index = ordered.lastIndex { $0 == name || Self.canonical($0, name) } ?? 0
            #expect(found.before == ordered[index] && found.after == ordered[(index + 1) % ordered.count])
        }
    }

    /// Label by label, from the last one on.
    private static func canonical(_ left: DomainName, _ right: DomainName) -> Bool {
        func labels(_ name: DomainName) -> [String] {
            "\(name)".lowercased().split(separator: ".").map(String.init).reversed()
        }
        for (one, other) in zip(labels(left), labels(right)) where one != other {
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return left.labelCount < right.labelCount
    }

    // MARK: - Configurations that are wrong

    /// What is taken, and is hardly meant.
    @Test(arguments: [
        ("settings", "<param name=\"backend-http-port\" value=\"8053\"/>", "without backend-http-secret"),
        ("zones", zone(""), "name server ns.a.b. has no address"),
    ]) func doubtful(part: String, text: String, message: String) throws {
        var diagnostics: [Diagnostic] = []
        let parts = ["settings": Example.settings, "centers": Example.centers, "zones": Example.zones]
            .merging([part: text]) { $1 }
        let whole =
            "<configuration name=\"smart_dns.conf\"><settings>\(parts["settings"] ?? "")</settings><data-centers>"
            + "\(parts["centers"] ?? "")</data-centers><zones>\(parts["zones"] ?? "")</zones></configuration>"
        _ = try SmartDNSConfiguration(xml: XMLDocument.parse(Array(whole.utf8), named: "f"), diagnostics: &diagnostics)
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics.first?.message.contains(message) == true, "\(diagnostics)")
    }

    @Test(arguments: [
        ("settings", "<param name=\"ttl\" value=\"0\"/>", "ttl is \"0\""),
        (
            "settings", "<param name=\"backend-socket\" value=\"/\(String(repeating: "x", count: 107))\"/>",
            "longer than 107"
        ),
        ("settings", "<param name=\"listen-ip\" value=\"127.0.0\"/>", "listen-ip is \"127.0.0\""),
        ("settings", "<param name=\"allow-axfr\" value=\"192.0.2.0/33\"/>", "expected a network"),
        ("settings", "<param name=\"rate-limit-exempt\" value=\"all\"/>", "expected a network"),
        ("settings", "<param name=\"cookie-secret\" value=\"0123\"/>", "cookie-secret is wrong"),
        ("zones", zone("<param name=\"serial\" value=\"v1\"/>"), "serial of zone a.b. is \"v1\""),
        ("zones", zone("<param name=\"ttl\" value=\"1h\"/>"), "ttl of zone a.b. is \"1h\""),
        ("zones", zone("<param name=\"mailbx\" value=\"x\"/>"), "no parameter mailbx"),
        ("zones", zone("<param name=\"name-server\" value=\"a..b\"/>"), "expected a name"),
        ("zones", zone("<service name=\"s\" ttl=\"0\"/>"), "ttl is \"0\""),
        ("zones", zone("<service name=\"*\"/>"), "cannot be a wildcard"),
        ("zones", zone("<service name=\"s\"/><service name=\"s\"/>"), "two services"),
        (
            "zones", zone("<record name=\"_sip._udp.s\" type=\"TXT\" content=\"t\"/><service name=\"s\"/>"),
            "same for everybody"
        ),
        (
            "centers", "<data-center name=\"a.\"><param name=\"address\" value=\"::1\"/></data-center>", "one label"
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
