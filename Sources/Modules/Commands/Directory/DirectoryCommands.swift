import Base
import SwitchCore
import XMLConfig

/// Questions about users and domains; the answers are words without a line end, and nothing where there is nothing.
enum DirectoryCommands {
    static let all: [APICommand] = [
        APICommand("user_exists", syntax: "<key> <user> <domain>", summary: "whether there is such a user") {
            context,
            text in
            String(await user(CommandText.words(of: text), context.softswitch) != nil)
        },
        APICommand("find_user_xml", syntax: "<key> <user> <domain>", summary: "a user's element of the directory") {
            context,
            text in
            let words = CommandText.words(of: text)
            guard words.count >= 3 else { return "-ERR bad args\n" }
            guard let user = await user(words, context.softswitch) else { return "-ERR can't find user\n" }
            return merged(user).description
        },
        APICommand("domain_exists", syntax: "<domain>", summary: "whether there is such a domain") { context, name in
            name.isEmpty ? "" : String(await context.softswitch.directory.domain(name) != nil)
        },
        APICommand("reg_url", syntax: "<user>@<realm>", summary: "the dial string of who is registered") {
            context,
            text in
            guard !text.isEmpty else { return "" }
            let (name, domain) = address(text, context.softswitch)
            var urls: [String] = []
            for source in context.softswitch.registrations.all {
                urls += await source().filter { $0.user == name && $0.realm == domain }.map(\.url)
            }
            return urls.isEmpty ? "error/user_not_registered" : urls.joined(separator: ",")
        },
        APICommand("user_data", syntax: userSyntax, summary: "what is known of a user") { context, text in
            let words = CommandText.words(of: text)
            guard words.count >= 3 else { return "" }
            let (name, domain) = Self.address(words[0], context.softswitch)
            let user = await context.softswitch.directory.user(
                name,
                domain: domain,
                origin: LookUpOrigin("mod_commands.c", "user_data_function"),
                parameters: [("type", words[1])]
            )
            guard let user else { return "" }
            switch words[1] {
            case "attr": return user[attribute: words[2]] ?? ""
            case "var": return user.variables[words[2]] ?? ""
            default: return user.params[words[2]] ?? ""
            }
        },
        APICommand("domain_data", syntax: domainSyntax, summary: "what is known of a domain") { context, text in
            let words = CommandText.words(of: text)
            guard words.count >= 3 else { return "" }
            let domain = await context.softswitch.directory.domain(
                words[0],
                origin: LookUpOrigin("mod_commands.c", "domain_data_function"),
                parameters: [("type", words[1]), ("domain", words[0])]
            )
            guard let node = domain?.node else { return "" }
            switch words[1] {
            case "attr": return node[attribute: words[2]] ?? ""
            case "var": return value(words[2], of: node.first("variables"), "variable")
            default: return value(words[2], of: node.first("params"), "param")
            }
        },
        APICommand("in_group", syntax: "<user>[@<domain>] <group_name>", summary: "whether a user is in a group") {
            context,
            text in
            // A comma between the two does as well.
            let words = CommandText.words(of: String(text.map { $0 == "," ? " " : $0 }))
            guard words.count >= 2 else { return "false" }
            let (name, domain) = Self.address(words[0], context.softswitch)
            let user = await context.softswitch.directory.user(name, domain: domain)
            return String(user?.groups.contains { $0.equalsIgnoringASCIICase(words[1]) } ?? false)
        },
    ]

    private static let userSyntax = "<user>@<domain> [var|param|attr] <name>"
    private static let domainSyntax = "<domain> [var|param|attr] <name>"

    /// Parts `user@domain`; without a domain, the switch's own is meant.
    static func address(_ text: String, _ softswitch: Switch) -> (name: String, domain: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts[at: 1] ?? softswitch.xml.globals["domain"] ?? "")
    }

    /// The user that `<key> <user> <domain>` names; the key `ip` is an address, every other means the id.
    private static func user(_ words: [String], _ softswitch: Switch) async -> DirectoryUser? {
        guard words.count >= 3 else { return nil }
        if words[0] == "ip" {
            guard let address = IPAddress(words[1]) else { return nil }
            return await softswitch.directory.user(at: address, domain: words[2])
        }
        return await softswitch.directory.user(words[1], domain: words[2])
    }

    /// A user's element with what the group and the domain add.
    private static func merged(_ user: DirectoryUser) -> XMLNode {
        func list(_ name: String, _ element: String, _ values: NamedValues) -> XMLNode {
            XMLNode(
                name,
                children: values.all.map {
                    XMLNode(element, attributes: [(name: "name", value: $0.name), (name: "value", value: $0.value)])
                }
            )
        }
        let own = user.node.children.filter { !["params", "variables"].contains($0.name) }
        let lists = [list("params", "param", user.params), list("variables", "variable", user.variables)]
        return XMLNode(user.node.name, attributes: user.attributes, children: lists + own)
    }

    private static func value(_ name: String, of list: XMLNode?, _ element: String) -> String {
        list?.firstChild(named: element, where: "name", equals: name)?[attribute: "value"] ?? ""
    }
}
