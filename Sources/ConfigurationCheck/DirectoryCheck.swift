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

    /// What params of users, groups and domains are called, in this version and in FreeSWITCH's modules.
    private static let params = [
        "a1-hash", "allow-empty-password", "auth-acl", "dial-string", "directory-exten-visible", "directory-visible",
        "email-addr", "esl-allowed-api", "esl-allowed-events", "esl-allowed-log", "esl-disable-command-logging",
        "esl-password", "force-expires", "http-allowed-api", "jsonrpc-allowed-event-channels",
        "jsonrpc-allowed-methods", "max-registrations-per-extension", "mwi-account", "password", "reverse-auth-pass",
        "reverse-auth-user", "sip-forbid-register", "user-agent-filter", "vm-alternate-greet-id", "vm-attach-file",
        "vm-auto-play", "vm-cc", "vm-delete-file", "vm-disk-quota", "vm-domain-storage-dir", "vm-email-all-messages",
        "vm-enabled", "vm-keep-local-after-email", "vm-mailto", "vm-message-ext", "vm-notify-all-messages",
        "vm-notify-email", "vm-notify-mailto", "vm-password", "vm-skip-instructions", "vm-storage-dir",
    ]

    /// Reports misspelt names; others are left alone, for programs keep what they like in the directory.
    private mutating func checkName(of param: String, at node: XMLNode) {
        guard !Self.params.contains(param.lowercased()) else { return }
        let hint = SpellingSuggestion.hint(for: param, among: Self.params)
        guard !hint.isEmpty else { return }
        findings.add(.directory, .warning, node, "nothing reads the param \"\(param)\"\(hint)")
    }

    /// A `dial-string` and other values are expanded when they are used.
    private mutating func checkExpressions(in node: XMLNode) {
        if node.name == "param", let name = node[attribute: "name"] { checkName(of: name, at: node) }
        if node.name == "param" || node.name == "variable", let value = node[attribute: "value"] {
            for name in Template(value).commandNames where !known.commands.contains(name) {
                findings.addMissing(.command, "command", name, from: known.commands, at: node)
            }
        }
        for child in node.children { checkExpressions(in: child) }
    }

    /// The same rule as at registration: neither an empty password nor the one of the documentation lets anybody in.
    private mutating func checkPassword(of user: DirectoryUser) {
        guard (user.params["a1-hash"] ?? "").isEmpty else { return }
        guard let password = user.params["password"] else {
            // Some are not meant to register: a tenant's gateway, a mailbox.
            findings.add(.directory, .note, user.node, "user \(user.id): nobody can register without a password")
            return
        }
        if password == "1234" {
            findings.add(.directory, .warning, user.node, "user \(user.id): the password 1234 lets nobody in")
        } else if password.isEmpty, user.params["allow-empty-password"]?.isTrueSetting != true {
            findings.add(.directory, .warning, user.node, "user \(user.id): an empty password lets nobody in")
        }
    }
}
