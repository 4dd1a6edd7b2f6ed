import Base
import SwitchCore
import XMLConfig

/// The `directory` section.
struct DirectoryCheck {
    let known: KnownNames
    private(set) var findings = FindingList()

    init(known: KnownNames) {
        self.known = known
    }

    mutating func check(_ section: XMLNode) {
        for domain in section.children(named: "domain") {
            checkExpressions(in: domain)
            for user in DirectoryDomain(domain).users { checkPassword(of: user) }
        }
    }

    /// A `dial-string` and other values are expanded when they are used.
    private mutating func checkExpressions(in node: XMLNode) {
        if node.name == "param" || node.name == "variable", let value = node[attribute: "value"] {
            for name in Template(value).commandNames where !known.commands.contains(name) {
                findings.addMissing(.command, "command", name, from: known.commands, at: node)
            }
        }
        for child in node.children { checkExpressions(in: child) }
    }

    /// The same rule as at registration: neither an empty password nor the one of the documentation lets anybody in.
    private mutating func checkPassword(of user: DirectoryUser) {
        guard (user.params["a1-hash"] ?? "").isEmpty, let password = user.params["password"] else { return }
        if password == "1234" {
            findings.add(.directory, .warning, user.node, "user \(user.id): the password 1234 lets nobody in")
        } else if password.isEmpty, user.params["allow-empty-password"]?.isTrueSetting != true {
            findings.add(.directory, .warning, user.node, "user \(user.id): an empty password lets nobody in")
        }
    }
}
