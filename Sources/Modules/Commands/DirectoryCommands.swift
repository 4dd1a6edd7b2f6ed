import Base
import SwitchCore
import XMLConfig

/// Questions about users, domains and access lists; the answers are words without a line end.
enum DirectoryCommands {
    static let all: [APICommand] = [
        APICommand("user_exists", syntax: "id <user> <domain>", summary: "whether there is such a user") {
            context,
            text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 3 else { return "-USAGE: <key> <user> <domain>\n" }
            return String(await context.softswitch.directory.user(words[1], domain: words[2]) != nil)
        },
        APICommand("domain_exists", syntax: "<domain>", summary: "whether there is such a domain") { context, name in
            guard !name.isEmpty else { return "-USAGE: <domain>\n" }
            return String(await context.softswitch.directory.domain(name) != nil)
        },
        APICommand("user_data", syntax: "<user>@<domain> attr|var|param <name>", summary: "what is known of a user") {
            context,
            text in
            let words = text.split(separator: " ").map(String.init)
            let address = (words.first ?? "").split(separator: "@", maxSplits: 1).map(String.init)
            guard words.count == 3, address.count == 2 else {
                return "-USAGE: <user>@<domain> [attr|var|param] <name>\n"
            }
            let user = await context.softswitch.directory.user(address[0], domain: address[1])
            switch words[1] {
            case "attr": return user?[attribute: words[2]] ?? ""
            case "var": return user?.variables[words[2]] ?? ""
            case "param": return user?.params[words[2]] ?? ""
            default: return ""
            }
        },
        APICommand("in_group", syntax: "<user>[@<domain>] <group>", summary: "whether a user is in a group") {
            context,
            text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2 else { return "-USAGE: <user>[@<domain>] <group_name>\n" }
            let address = words[0].split(separator: "@", maxSplits: 1).map(String.init)
            let domain = address.count > 1 ? address[1] : context.softswitch.xml.globals["domain"] ?? ""
            let user = await context.softswitch.directory.user(address[0], domain: domain)
            return String(user?.groups.contains { $0.equalsIgnoringASCIICase(words[1]) } ?? false)
        },
        APICommand("domain_data", syntax: "<domain> attr|var|param <name>", summary: "what is known of a domain") {
            context,
            text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 3 else { return "-USAGE: <domain> [attr|var|param] <name>\n" }
            guard let node = await context.softswitch.directory.domain(words[0])?.node else { return "" }
            switch words[1] {
            case "attr": return node[attribute: words[2]] ?? ""
            case "var": return value(words[2], of: node.first("variables"), "variable")
            case "param": return value(words[2], of: node.first("params"), "param")
            default: return ""
            }
        },
        APICommand("acl", syntax: "<address> <list>", summary: "whether a list allows an address") { context, text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, let address = IPAddress(words[0]) else { return "false" }
            return String(context.softswitch.accessLists.decision(for: address, in: words[1])?.isAllowed ?? false)
        },
    ]
    private static func value(_ name: String, of list: XMLNode?, _ element: String) -> String {
        list?.firstChild(named: element, where: "name", equals: name)?[attribute: "value"] ?? ""
    }
}
