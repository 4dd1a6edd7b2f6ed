import Base
import SwitchCore
import XMLConfig

/// Whole groups of users.
enum GroupCommands {
    static let all: [APICommand] = [
        APICommand("group_call", syntax: "<group>[@<domain>]", summary: "the dial string of a group") { context, text in
            await dialString(text, context) ?? "error/NO_ROUTE_DESTINATION"
        },
        APICommand("list_users", syntax: listSyntax, summary: "the users of the directory") { context, text in
            await list(CommandText.words(of: text), context.softswitch)
        },
    ]

    private static let listSyntax = "[group <group>] [domain <domain>] [user <user>] [context <context>]"

    // MARK: - group_call

    /// `+A` rings the members together, `+F` one after the other, `+E` each with alternatives of their own.
    private static func dialString(_ text: String, _ context: APIContext) async -> String? {
        let parts = text.split(separator: "+", maxSplits: 1).map(String.init)
        guard let address = parts.first else { return nil }
        let delimiters: [Character: String] = ["A": ",", "F": "|", "E": ":_:"]
        let delimiter = parts[at: 1]?.compactMap { delimiters[$0] }.last ?? ","
        let (group, domain) = DirectoryCommands.address(address, context.softswitch)
        guard let members = await context.softswitch.directory.members(of: group, domain: domain), !members.isEmpty
        else { return nil }
        var legs: [String] = []
        for member in members {
            legs.append(FlatDialString.text(of: await dialString(of: member, group: group, domain: domain, context)))
        }
        return legs.joined(separator: delimiter)
    }

    private static func dialString(
        of member: DirectoryUser,
        group: String,
        domain: String,
        _ context: APIContext
    ) async -> String {
        guard let template = member.params["group-dial-string"] ?? member.params["dial-string"] else {
            return "user/\(member.id)@\(domain)"
        }
        let variables = [
            (name: "dialed_user", value: member.id), (name: "dialed_group", value: group),
            (name: "dialed_domain", value: domain),
        ]
        guard let session = context.session else {
            return await Template(template).expand(in: StandaloneScope(context.softswitch, variables: variables))
        }
        for (name, value) in variables { await session.setVariable(name, value) }
        // Other groups may be looked up for the same caller at the same time.
        return await session.expand(template, below: variables)
    }

    // MARK: - list_users

    private static func list(_ words: [String], _ softswitch: Switch) async -> String {
        guard words.count < 9 else { return CommandText.usage(listSyntax) }
        var wanted: [String: String] = [:]
        for (index, word) in words.enumerated() { wanted[word.lowercased()] = words[at: index + 1] }
        let header =
            "userid|context|domain|group|contact|callgroup|effective_caller_id_name|effective_caller_id_number\n"
        var lines: [String] = []
        for domain in await domains(softswitch) where wanted["domain"].isNilOr(domain.name) {
            for (user, group) in users(of: domain, group: wanted["group"]) where wanted["user"].isNilOr(user.id) {
                let userContext = user.variables["user_context"] ?? ""
                guard wanted["context"].isNilOr(userContext) else { continue }
                let contact = await softswitch.execute(command: "sofia_contact */\(user.id)@\(domain.name)")
                let columns =
                    [user.id, userContext, domain.name, group, contact]
                    + ["callgroup", "effective_caller_id_name", "effective_caller_id_number"].map {
                        user.variables[$0] ?? ""
                    }
                lines.append(columns.joined(separator: "|") + "\n")
            }
        }
        return header + lines.joined() + "\n+OK\n"
    }

    private static func domains(_ softswitch: Switch) async -> [DirectoryDomain] {
        let section = await softswitch.xml.locate(section: .directory, tag: "", key: "", value: "")
        return section?.children(named: "domain").map { DirectoryDomain($0) } ?? []
    }

    /// The users group by group; those outside of groups only where there are no groups.
    private static func users(of domain: DirectoryDomain, group: String?) -> [(DirectoryUser, String)] {
        let groups = domain.groupNames
        guard !groups.isEmpty else { return domain.users.map { ($0, "") } }
        return groups.filter { group.isNilOr($0) }.flatMap { name in
            (domain.members(of: name) ?? []).map { ($0, name) }
        }
    }
}

extension String? {
    /// Whether nothing is asked for, or just this, in any case.
    fileprivate func isNilOr(_ text: String) -> Bool { self?.equalsIgnoringASCIICase(text) ?? true }
}
