import SwitchCore

/// Looking at limits and setting them back.
enum LimitCommands {
    static let all: [APICommand] = [
        APICommand("limit_usage", syntax: "<backend> <realm> <id> [rate]", summary: "how much is in use") {
            context,
            text in
            let words = Arguments(text)
            guard let (backend, resource) = subject(words, context.softswitch) else {
                return "-USAGE: limit_usage <backend> <realm> <id> [rate]\n"
            }
            let usage = backend.usage(of: resource)
            return words[3] == "rate" ? "\(usage.total)/\(usage.rate)" : String(usage.total)
        },
        APICommand("limit_hash_usage", syntax: "<realm> <id>", summary: "how much is in use") { context, text in
            guard let (backend, resource) = subject(Arguments("hash \(text)"), context.softswitch) else {
                return "-USAGE: limit_hash_usage <realm> <id>\n"
            }
            return String(backend.usage(of: resource).total)
        },
        APICommand("limit_interval_reset", syntax: "<backend> <realm> <id>", summary: "begins an interval anew") {
            context,
            text in
            guard let (backend, resource) = subject(Arguments(text), context.softswitch) else {
                return "-USAGE: limit_interval_reset <backend> <realm> <id>\n"
            }
            backend.resetInterval(of: resource)
            return "+OK\n"
        },
        APICommand(
            "uuid_limit",
            syntax: "<uuid> \(LimitApplications.syntax)",
            summary: "limits what a channel does, as the application limit"
        ) { context, text in
            let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, Arguments(parts[1])[2] != nil else {
                return "-USAGE: uuid_limit <uuid> \(LimitApplications.syntax)\n"
            }
            guard let session = context.softswitch.sessions[parts[0]] else {
                return "-ERR cannot find channel \(parts[0])\n"
            }
            do {
                try await LimitApplications.limit(parts[1], on: session)
                return "+OK\n"
            } catch {
                return "-ERR \(error)\n"
            }
        },
        APICommand(
            "uuid_limit_release",
            syntax: "<uuid> <backend> [<realm> <id>]",
            summary: "frees what a channel holds"
        ) {
            context,
            text in
            let words = Arguments(text)
            guard let id = words[0], let backend = words[1].flatMap({ context.softswitch.limits[$0] }) else {
                return "-USAGE: uuid_limit_release <uuid> <backend> [<realm> <id>]\n"
            }
            guard context.softswitch.sessions[id] != nil else { return "-ERR cannot find channel \(id)\n" }
            let resource = words[2].flatMap { realm in words[3].map { LimitedResource(realm: realm, name: $0) } }
            backend.release(resource, by: id)
            return "+OK\n"
        },
    ]

    private static func subject(_ words: Arguments, _ softswitch: Switch) -> (any LimitBackend, LimitedResource)? {
        guard let backend = words[0].flatMap({ softswitch.limits[$0] }), let realm = words[1], let id = words[2] else {
            return nil
        }
        return (backend, LimitedResource(realm: realm, name: id))
    }
}
