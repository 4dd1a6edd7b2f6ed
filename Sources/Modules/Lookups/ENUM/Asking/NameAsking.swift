import Base
import DNSMessage

/// Whoever answers questions about names.
protocol NameAsking: Sendable {
    /// The answer to a question; also that there is no such name.
    func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage
}

/// Which name servers are asked, and for how long.
struct NameServerPlan: Hashable, Sendable {
    /// The most servers.
    static let maximumServers = 10

    /// Where they are, those to be asked first at the beginning.
    var servers: [IPEndpoint] = []
    /// How long each may take for an answer.
    var timeout = Duration.seconds(5)
    /// How often all of them are asked before it is given up.
    var rounds = 3
    /// Whether the servers have no order.
    var isRandom = false

    /// The port of name servers.
    private static let port: UInt16 = 53

    /// A server's address, with a port or without.
    static func server(_ text: some StringProtocol) -> IPEndpoint? { IPEndpoint(text, defaultPort: port) }

    /// The servers that the machine itself asks, from the text of `resolv.conf`; its own when there are none.
    static func servers(ofMachine text: String) -> [IPEndpoint] {
        let found = text.split(whereSeparator: \.isNewline).compactMap { line -> IPEndpoint? in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 1, words[0] == "nameserver" else { return nil }
            return server(words[1])
        }
        return found.isEmpty ? [IPEndpoint(.loopbackV4, port: port)] : Array(found.prefix(maximumServers))
    }
}

/// Why there is no answer to a question.
enum NameServerFault: Error, Hashable, Sendable {
    case withoutServers
    case tooManyQuestions
    case timedOut
    case unreachable
    case malformed
    /// The server does not want to, or cannot, answer; the number is its response code (RFC 1035 §4.1.1).
    case refused(Int)
    /// Nobody waits for the answer any more.
    case cancelled
}

extension NameServerFault: CustomStringConvertible {
    /// The fault in words.
    var description: String {
        switch self {
        case .withoutServers: "there is no name server"
        case .tooManyQuestions: "too many questions are being asked"
        case .timedOut: "the name servers did not answer in time"
        case .unreachable: "the name servers cannot be reached"
        case .malformed: "a name server's answer cannot be read"
        case .refused(let code): "a name server refused to answer (response code \(code))"
        case .cancelled: "nobody waits any more"
        }
    }
}
