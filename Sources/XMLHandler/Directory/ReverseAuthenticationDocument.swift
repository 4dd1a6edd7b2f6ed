import XMLConfig

/// What the switch itself answers when a phone challenges it.
struct ReverseAuthenticationDocument {
    let node: XMLNode

    /// The document for a row of ``UserDocument/sql(_:)``.
    init(_ row: TableRow) {
        let user = TableText.safe(row.text("extension"))
        var attributes = [("id", user)]
        if let alias = row.nonEmpty("number_alias") { attributes.append(("number-alias", TableText.safe(alias))) }
        let params = [
            XMLNode.param("reverse-auth-user", user), .param("reverse-auth-pass", row.text("password")),
        ]
        let node = XMLNode("user", attributes, [XMLNode("params", [], params)])
        self.node = .answer(.directory, [DomainUsers.domain(row.text("tenant_name"), [node])])
    }
}
