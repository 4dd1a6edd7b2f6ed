import Base
import DNSMessage
import Glibc
import NetworkConditions
import SmartDNS
import XMLConfig

/// What the smart DNS's work costs: a look-up of PowerDNS's, an answer of the listener, a decision in a large table.
enum DNSBench {
    /// How many networks the large table has.
    static let networks = 1_000_000
    private static let centers = (1...8).map { "dc\($0)" }

    static func run(_ stopwatch: Stopwatch) throws -> String {
        let settings = try configuration()
        var table = BenchTable("smart DNS", unit: "answer")
        let desk = SteeringDesk(settings)
        desk.update(rows(count: 10_000))
        let backend = BackendDesk(desk, keys: nil) { _ in }
        let question =
            Array(
                #"{"method":"lookup","parameters":{"qname":"sip.voice.example.","qtype":"ANY","remote":"127.0.0.1","#
                    .utf8
            ) + Array(#""local":"127.0.0.1","real-remote":"11.0.7.0/24","zone-id":1}}"#.utf8)
        table.add("a look-up of PowerDNS's (ANY)", stopwatch.measure { _ = backend.answer(question) })
        for (title, name, type) in [
            ("an answer with a client's network, A", "sip.voice.example", RecordType.a),
            ("the same, SRV with eight data centers", "_sip._udp.sip.voice.example", .srv),
        ] {
            table.add(title, stopwatch.measure(try answer(settings, desk, name, type)))
        }
        return table.text + "\n" + large(stopwatch) + "\n" + MeasuringBench.text(stopwatch)
    }

    /// A question, read, decided and answered, without the socket.
    private static func answer(
        _ settings: SmartDNSConfiguration,
        _ desk: SteeringDesk,
        _ name: String,
        _ type: RecordType
    ) throws -> () -> Void {
        var message = DNSMessage(id: 1, flags: DNSMessage.Flag.recursionDesired)
        message.questions = [DNSQuestion(DomainName(name) ?? .root, type)]
        message.edns = EDNS(payloadSize: 1232)
        message.edns?.clientSubnet = ClientSubnet(IPPrefix("11.0.7.0/24"))
        let bytes = message.serialized() ?? []
        var generator = SeededGenerator(seed: 1)
        var responder = Responder(settings, secrets: [DNSCookieSecret(using: &generator)], seed: 0)
        return {
            let asker = Responder.Asker(
                address: .loopbackV4,
                isConnected: false,
                now: .now,
                unixTime: 0,
                chance: generator.next()
            )
            _ = responder.answers(to: bytes, from: asker) { network, _ in
                desk.decide(network, chance: asker.chance)
            }
        }
    }

    private static func large(_ stopwatch: Stopwatch) -> String {
        let before = residentMegabytes()
        var steering = Steering(dataCenters: centers)
        // In parts, so that the rows themselves take little.
        let begun = MonotonicInstant.now
        for start in stride(from: 0, to: networks, by: 100_000) {
            steering.load((start..<(start + 100_000)).lazy.flatMap { rows(of: $0) })
        }
        steering.rollUp()
        let filling = (MonotonicInstant.now - begun) / .seconds(1)
        let memory = residentMegabytes() - before
        var generator = SeededGenerator(seed: 2)
        let askers = (0..<65_536).compactMap { _ in
            IPPrefix(address(Int.random(in: 0..<networks, using: &generator)), length: 24)
        }
        var index = 0
        let now = MonotonicInstant.now
        // Each network is weighed once after a change; later ones find what was decided.
        for asker in askers { _ = steering.decide(asker, at: now, chance: 99) }
        var table = BenchTable(
            "\(BenchTable.grouped(networks)) networks × \(centers.count) data centers: \(memory) MB, filled in "
                + "\(filling.text(places: 1)) s",
            unit: "decision"
        )
        table.add(
            "a network that was decided before",
            stopwatch.measure {
                index = (index + 1) % askers.count
                _ = steering.decide(askers[index], at: now, chance: 99)
            }
        )
        table.add(
            "a network that is weighed anew",
            stopwatch.measure {
                index = (index + 1) % askers.count
                _ = steering.weighed(askers[index], at: now)
            }
        )
        // As they come in every few seconds: some of each data center's.
        let changed = (0..<100).flatMap { rows(of: $0 * 9973) }
        let taking = stopwatch.measure {
            steering.load(changed)
            steering.rollUp()
        }
        table.add("a changed row is taken in, for its network and those around it", taking.divided(by: changed.count))
        return table.text
    }

    private static func address(_ index: Int) -> IPAddress {
        IPAddress(v4: 0x0B00_0000 &+ UInt32(truncatingIfNeeded: index) << 8)
    }

    private static func rows(count: Int) -> [NetworkCondition] { (0..<count).flatMap { rows(of: $0) } }

    private static func rows(of index: Int) -> [NetworkCondition] {
        guard let network = IPPrefix(address(index), length: 24) else { return [] }
        return centers.enumerated().map { place, center in
            let roundTrip = Double(20 + (index &* 7 &+ place &* 31) % 150)
            return NetworkCondition(
                network: network,
                dataCenter: center,
                roundTrip: Estimate(mean: roundTrip, variance: 9, weight: 50),
                loss: Estimate(mean: 0.001, variance: 4e-6, weight: 50),
                jitter: Estimate(mean: 2, variance: 1, weight: 50),
                clients: 3,
                newest: .now
            )
        }
    }

    private static func residentMegabytes() -> Int {
        guard let bytes = try? LocalFiles().contents(of: "/proc/self/statm", limit: 4096) else { return 0 }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 4096 / 1_000_000
    }

    private static func configuration() throws -> SmartDNSConfiguration {
        let hosts = centers.enumerated().map { index, name in
            "<data-center name=\"\(name)\"><param name=\"address\" value=\"192.0.2.\(index + 1)\"/></data-center>"
        }
        let text = """
            <configuration name="smart_dns.conf"><settings><param name="rate-limit" value="0"/></settings><data-centers>\(hosts.joined())</data-centers><zones>
            <zone name="voice.example"><param name="name-server" value="ns1"/>
            <service name="sip" transports="udp,tcp,tls"/></zone></zones></configuration>
            """
        var diagnostics: [Diagnostic] = []
        let node = try XMLDocument.parse(Array(text.utf8), named: "benchmark")
        return try SmartDNSConfiguration(xml: node, diagnostics: &diagnostics)
    }
}
