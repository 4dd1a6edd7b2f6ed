import XMLConfig

/// Domains with users in their default group, as most documents of the directory have them.
enum DomainUsers {
    /// A document of the domains that rows name as `tenant_name`, in their order.
    ///
    /// - Parameter user: The user of a row; `nil` where it has none.
    static func document(_ rows: [TableRow], user: (TableRow) -> XMLNode?) -> XMLNode {
        var domains: [(name: String, users: [XMLNode])] = []
        for row in rows where row.isTrue("tenant_enabled") {
            let name = row.text("tenant_name")
            if domains.last?.name != name { domains.append((name, [])) }
            if let user = user(row) { domains[domains.count - 1].users.append(user) }
        }
        return .answer(.directory, domains.map { domain($0.name, [defaultGroup($0.users)]) })
    }

    /// `<domain name="…" alias="true">`.
    static func domain(_ name: String, _ children: [XMLNode]) -> XMLNode {
        XMLNode("domain", [("name", TableText.safe(name)), ("alias", "true")], children)
    }

    /// The groups of a domain: the one that all users are in.
    static func defaultGroup(_ users: [XMLNode]) -> XMLNode {
        XMLNode("groups", [], [XMLNode("group", [("name", "default")], [XMLNode("users", [], users)])])
    }
}
