import Base
import XMLConfig

/// The queues, agents and tiers of `callcenter.conf`, as rows of the domains in their names.
struct QueuesImport {
    private(set) var output: ImportedRows
    private let domains: Set<String>
    private var queues: [String: String] = [:]
    private var agents: [String: String] = [:]

    private static let queueTexts: Set<String> = [
        "strategy", "moh-sound", "record-template", "time-base-score", "announce-sound",
    ]
    private static let queueTruths: Set<String> = [
        "tier-rules-apply", "tier-rule-wait-multiply-level", "tier-rule-no-agent-no-wait", "abandoned-resume-allowed",
    ]
    private static let queueNumbers: Set<String> = [
        "max-wait-time", "max-wait-time-with-no-agent", "max-wait-time-with-no-agent-time-reached",
        "tier-rule-wait-second", "discard-abandoned-after", "announce-frequency",
    ]
    private static let agentNumbers: Set<String> = [
        "max-no-answer", "wrap-up-time", "reject-delay-time", "busy-delay-time",
    ]
    private static let agentTexts: Set<String> = ["type", "contact", "status", "no-answer-delay-time"]
    /// How long an agent rings whose contact does not say, in seconds: what the dialplan would have.
    private static let ringing = "60"

    /// Adds the rows of `callcenter.conf` to others.
    ///
    /// - Parameter domains: The domains of the tree: queues and agents of others are left out.
    init(_ configuration: XMLNode?, domains: [String], into output: ImportedRows) {
        (self.output, self.domains) = (output, Set(domains))
        for queue in configuration?.first("queues")?.children ?? [] where queue.name == "queue" { add(queue: queue) }
        for agent in configuration?.first("agents")?.children ?? [] where agent.name == "agent" { add(agent: agent) }
        for tier in configuration?.first("tiers")?.children ?? [] where tier.name == "tier" { add(tier: tier) }
        if !agents.isEmpty {
            self.output.note(.note("agents are named by the identifiers of their rows now, in commands too"))
        }
    }

    /// The number and the domain in a name, with the identifier of the domain's row; a note when there is none.
    private mutating func parts(of name: String, _ what: String) -> (number: String, domain: String)? {
        if let mark = name.lastIndex(of: "@") {
            let (number, domain) = (String(name[..<mark]), String(name[name.index(after: mark)...]))
            if domains.contains(domain), !number.isEmpty {
                return (number, ImportedRows.identifier("v_domains", domain))
            }
        }
        output.note(.warning("\(what) \(name) is in no domain of the directory, and left out"))
        return nil
    }

    private mutating func add(queue: XMLNode) {
        let name = queue[attribute: "name"] ?? ""
        guard let (number, domain) = parts(of: name, "queue") else { return }
        var texts = ["domain_uuid": domain, "queue_name": number, "queue_extension": number]
        var truths: [String: Bool] = [:]
        for param in queue.children where param.name == "param" {
            let (key, value) = (param[attribute: "name"] ?? "", param[attribute: "value"] ?? "")
            let column = "queue_" + key.replacing("-", with: "_")
            if Self.queueTruths.contains(key) {
                truths[column] = value.isTrueSetting
            } else if Self.queueTexts.contains(key) || Self.queueNumbers.contains(key) && Int(value) != nil {
                texts[column] = ImportedRows.kept(value)
                noteVariables(in: value, key, "queue \(name)")
            } else {
                output.note(.warning("queue \(name): \(key) has no place in the tables"))
            }
        }
        queues[name] = output.add(
            "v_call_center_queues",
            key: "call_center_queue_uuid",
            named: name,
            texts: texts,
            truths: truths
        )
    }

    private mutating func noteVariables(in value: String, _ key: String, _ place: String) {
        let kept = key == "record-template" ? ["${strftime", "${uuid}", "${record_ext}"] : []
        guard kept.reduce(value, { $0.replacing($1, with: "") }).contains("$") else { return }
        output.note(.warning("\(place): \(key) loses its variables: the handler leaves out every other $"))
    }

    private mutating func add(agent: XMLNode) {
        let name = agent[attribute: "name"] ?? ""
        guard let (label, domain) = parts(of: name, "agent") else { return }
        var texts = ["domain_uuid": domain, "agent_name": label, "agent_call_timeout": Self.ringing]
        for (key, value) in agent.attributes where key != "name" && !value.isEmpty {
            guard Self.agentTexts.contains(key) || Self.agentNumbers.contains(key) && Int(value) != nil else {
                output.note(.warning("agent \(name): \(key) has no place in the tables"))
                continue
            }
            texts["agent_" + key.replacing("-", with: "_")] = ImportedRows.kept(value)
        }
        agents[name] = output.add("v_call_center_agents", key: "call_center_agent_uuid", named: name, texts: texts)
        output.note(.note("the handler calls agents with variables of its own: call_timeout, domain_name …"))
    }

    private mutating func add(tier: XMLNode) {
        let (agent, queue) = (tier[attribute: "agent"] ?? "", tier[attribute: "queue"] ?? "")
        guard let agentRow = agents[agent], let queueRow = queues[queue] else {
            output.note(.warning("the tier of \(agent) in \(queue) lacks one of them, and is left out"))
            return
        }
        let domain = queue.split(separator: "@").last.map { ImportedRows.identifier("v_domains", String($0)) }
        output.add(
            "v_call_center_tiers",
            key: "call_center_tier_uuid",
            named: "\(queue) \(agent)",
            texts: [
                "domain_uuid": domain ?? "", "call_center_queue_uuid": queueRow, "call_center_agent_uuid": agentRow,
                "queue_name": queue, "agent_name": agent,
                "tier_level": tier[attribute: "level"].flatMap { Int($0) }.map { String($0) } ?? "1",
                "tier_position": tier[attribute: "position"].flatMap { Int($0) }.map { String($0) } ?? "1",
            ]
        )
    }
}
