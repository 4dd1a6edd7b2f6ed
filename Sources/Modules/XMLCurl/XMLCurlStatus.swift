import HTTPTransport
import XMLConfig

/// The answer of `xml_curl status`.
enum XMLCurlStatus {
    static func text(_ statuses: [GatewayStatus], isDebugging: Bool) -> String {
        let blocks = statuses.map { status in
            let sections = XMLSection.allCases.filter { status.gateway.sections.contains($0) }.map(\.rawValue)
            let counts = FetchOutcome.allCases.map { "\($0.rawValue) \(status.counts[$0] ?? 0)" }
            return """
                binding \(status.gateway.name)
                  url       \(status.gateway.method.rawValue) \(status.gateway.url.shown)
                  sections  \(sections.joined(separator: "|"))
                  breaker   \(status.breaker.word)
                  now       in flight \(status.inside), waiting \(status.waiting), \
                idle connections \(status.idleConnections)
                  so far    \(counts.joined(separator: ", "))

                """
        }
        return blocks.joined() + "\(statuses.count) bindings, debug is \(isDebugging ? "on" : "off")\n"
    }
}
