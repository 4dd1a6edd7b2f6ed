import Base
import DNSMessage
import SmartDNS
import XMLConfig

/// Asks a name server with zones whatever the bytes say: as a datagram, over a connection, and as PowerDNS does.
public enum DNSAnswerFuzz {
    private static let configuration = """
        <configuration name="smart_dns.conf"><settings><param name="rate-limit" value="3"/>
        <param name="allow-axfr" value="127.0.0.0/8"/></settings><data-centers>
        <data-center name="a"><param name="address" value="192.0.2.1"/></data-center>
        <data-center name="b"><param name="address" value="192.0.2.2"/><param name="address" value="2001:db8::2"/>
        </data-center></data-centers><zones>
        <zone name="t"><param name="name-server" value="ns"/><record name="ns" type="A" content="192.0.2.53"/>
        <record name="*.w" type="TXT" content="t"/><record name="c" type="CNAME" content="d"/>
        <record name="d" type="CNAME" content="c"/><service name="s" transports="udp,wss"/></zone>
        <zone name="u.t"><param name="name-server" value="ns.t."/></zone></zones></configuration>
        """
    private static let settings: SmartDNSConfiguration? = {
        var diagnostics: [Diagnostic] = []
        guard let node = try? XMLDocument.parse(Array(configuration.utf8), named: "fuzz") else { return nil }
        return try? SmartDNSConfiguration(xml: node, diagnostics: &diagnostics)
    }()

    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        guard let settings else { preconditionFailure("the configuration is right") }
        guard let secret = DNSCookieSecret(Array(0..<16)) else { preconditionFailure("16 bytes are a secret") }
        let desk = SteeringDesk(settings)
        var responder = Responder(settings, secrets: [secret], seed: 1)
        for isConnected in [false, true, false, false, false, false] {
            let asker = Responder.Asker(
                address: .loopbackV4,
                isConnected: isConnected,
                now: .zero,
                unixTime: 1,
                chance: UInt64(bytes.count)
            )
            let answers = responder.answers(to: bytes, from: asker) { network, _ in
                desk.decide(network, chance: asker.chance)
            }
            for answer in answers { check(answer, to: bytes, isConnected: isConnected) }
        }
        let backend = BackendDesk(desk, keys: nil) { _ in }
        let line = backend.answer(bytes)
        precondition(JSONValue(parsing: Array(line.utf8))?["result"] != nil, "PowerDNS can read every answer")
    }

    private static func check(_ answer: [UInt8], to bytes: [UInt8], isConnected: Bool) {
        guard let message = try? DNSMessage(parsing: answer) else { preconditionFailure("an answer can be read") }
        precondition(message.flags & DNSMessage.Flag.response != 0, "an answer is one")
        precondition(bytes.starts(with: answer.prefix(2)), "it has the question's number")
        guard case .query(let query) = DNSQuery.read(bytes) else { return }
        precondition(message.questions == [query.question], "it has the question")
        precondition((message.edns != nil) == (query.edns != nil), "EDNS is answered with EDNS")
        precondition(isConnected || answer.count <= query.datagramLimit(ours: DNSResponse.payloadSize), "it fits")
        // Who asks for a client hears for whom the answer is (RFC 7871 §7.2.1).
        let asked = query.edns?.clientSubnet?.prefix
        precondition(message.edns?.clientSubnet?.prefix == asked, "the network comes back as it was")
    }
}
