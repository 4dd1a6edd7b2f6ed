import Base
import DNSMessage
import Synchronization
import XMLConfig

@testable import Lookups

/// Names with their records, in the place of name servers.
final class Zone: NameAsking {
    private let records: [DomainName: [RecordData]]
    private let questions = Mutex<[DomainName]>([])

    init(_ records: [(name: String, data: [RecordData])]) {
        let pairs = records.map { (Zone.name($0.name), $0.data) }
        self.records = Dictionary(pairs) { first, _ in first }
    }

    /// What was asked for.
    var asked: [String] { questions.withLock { $0.map(\.description) } }

    func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
        questions.withLock { $0.append(question.name) }
        // A name that stands for a server that is away.
        if question.name == Zone.name("away.example") { throw .timedOut }
        return Zone.message(id: 1, question, answers(to: question.name))
    }

    private func answers(to name: DomainName) -> [ResourceRecord] {
        (records[name] ?? []).flatMap { data -> [ResourceRecord] in
            let record = ResourceRecord(name, ttl: 60, data)
            // Servers that look things up for others have what an alias stands for, too.
            guard case .cname(let target) = data, target != name else { return [record] }
            return [record] + (records[target] ?? []).map { ResourceRecord(target, ttl: 60, $0) }
        }
    }

    static func message(id: UInt16, _ question: DNSQuestion, _ answers: [ResourceRecord]) -> DNSMessage {
        var message = DNSMessage(id: id, flags: DNSMessage.Flag.response)
        message.questions = [question]
        message.answers = answers
        return message
    }

    static func name(_ text: String) -> DomainName { DomainName(text) ?? .root }

    /// A NAPTR record.
    static func rule(
        _ order: UInt16,
        _ preference: UInt16,
        _ flags: String,
        _ services: String,
        _ expression: String,
        _ replacement: String = "."
    ) -> RecordData {
        .naptr(
            NamingAuthority(
                order: order,
                preference: preference,
                flags: flags,
                services: services,
                expression: expression,
                replacement: name(replacement)
            )
        )
    }

    /// A record with a URI for a SIP phone.
    static func sip(_ uri: String, _ order: UInt16 = 100, _ preference: UInt16 = 10) -> RecordData {
        rule(order, preference, "u", "E2U+sip", "!^.*$!\(uri)!")
    }
}

extension ENUMConfiguration {
    /// A configuration of some lines of XML.
    static func reading(_ lines: String) throws -> ENUMConfiguration {
        let text = "<configuration name=\"enum.conf\">\(lines)</configuration>"
        var diagnostics: [Diagnostic] = []
        let node = try XMLDocument.parse(Array(text.utf8), named: "enum.conf.xml")
        return try ENUMConfiguration(xml: node, diagnostics: &diagnostics)
    }
}
