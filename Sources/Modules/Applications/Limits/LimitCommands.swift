import SwitchCore
import XMLConfig

/// Looking at limits and setting them back.
enum LimitCommands {
    static let all: [APICommand] = [
        APICommand("limit_usage", syntax: "<backend> <realm> <id>", summary: "how much is in use") { context, text in
            usage(text, context.softswitch)
        },
        APICommand("limit_hash_usage", syntax: "<realm> <id>", summary: "how much is in use") { context, text in
            guard !text.isEmpty else { return "USAGE: limit_hash_usage \(hashSyntax)\n" }
            return usage("hash \(text)", context.softswitch)
        },
        APICommand("limit_status", syntax: "<backend>", summary: "how many limited resources there are") {
            context,
            text in
            guard let name = Arguments(text)[0] else { return "USAGE: limit_status <backend>\n" }
            guard let backend = context.softswitch.limits[name] else { return "-ERR" }
            let host = context.softswitch.xml.globals["hostname"] ?? ""
            return "Tracking \(backend.count) resources for hostname \(host)."
        },
        APICommand("limit_reset", syntax: "<backend>", summary: "forgets every limited resource") { context, text in
            guard let name = Arguments(text)[0] else { return "USAGE: limit_reset <backend>\n" }
            guard let backend = context.softswitch.limits[name] else { return "-ERR" }
            backend.reset()
            return "+OK"
        },
        APICommand("limit_interval_reset", syntax: resetSyntax, summary: "begins an interval anew") { context, text in
            guard let (backend, resource) = subject(Arguments(text)) else {
                return "USAGE: limit_interval_reset \(resetSyntax)\n"
            }
            context.softswitch.limits[backend]?.resetInterval(of: resource)
            return "+OK"
        },
        APICommand("uuid_limit", syntax: limitSyntax, summary: "limits what a channel does, as the application limit") {
            context,
            text in
            await limit(text, context.softswitch)
        },
        APICommand("uuid_limit_release", syntax: releaseSyntax, summary: "frees what a channel holds") {
            context,
            text in
            let words = Arguments(text)
            guard let id = words[0], let name = words[1] else { return "USAGE: uuid_limit_release \(releaseSyntax)\n" }
            guard context.softswitch.sessions[id] != nil else { return missing(id) }
            let resource = words[2].flatMap { realm in words[3].map { LimitedResource(realm: realm, name: $0) } }
            context.softswitch.limits[name]?.release(resource, by: id)
            return "+OK"
        },
    ]

    private static let usageSyntax = "<backend> <realm> <id> [rate]"
    private static let hashSyntax =
        "<realm> <id> [rate] (Using deprecated limit api, check limit_usage with backend param)"
    private static let resetSyntax = "<backend> <realm> <resource>"
    private static let limitSyntax =
        "<uuid> <backend> <realm> <resource> [<max>[/interval]] [number [dialplan [context]]]"
    private static let releaseSyntax = "<uuid> <backend> [realm] [resource]"

    private static func missing(_ id: String) -> String { "-ERR Cannot find session with uuid \(id)\n" }

    /// Two words are a realm and a name of the backend `db`.
    private static func usage(_ text: String, _ softswitch: Switch) -> String {
        let words = Arguments(text)
        guard let (backend, resource) = subject(words.count == 2 ? Arguments("db \(text)") : words) else {
            return "USAGE: limit_usage \(usageSyntax)\n"
        }
        let usage = softswitch.limits[backend]?.usage(of: resource) ?? LimitUsage()
        return words[3]?.lowercased() == "rate" ? "\(usage.total)/\(usage.rate)" : String(usage.total)
    }

    private static func limit(_ text: String, _ softswitch: Switch) async -> String {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, subject(Arguments(parts[1])) != nil else { return "USAGE: uuid_limit \(limitSyntax)\n" }
        guard let session = softswitch.sessions[parts[0]] else { return missing(parts[0]) }
        do {
            try await LimitApplications.limit(parts[1], on: session)
            return "+OK"
        } catch {
            return "-ERR \(error)\n"
        }
    }

    private static func subject(_ words: Arguments) -> (backend: String, LimitedResource)? {
        guard let backend = words[0], let realm = words[1], let id = words[2] else { return nil }
        return (backend, LimitedResource(realm: realm, name: id))
    }
}
