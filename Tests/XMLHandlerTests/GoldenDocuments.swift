import XMLConfig

/// What the original should have answered for the recorded rows, where it answered nothing of use.
enum GoldenDocuments {
    /// The call groups of the first tenant.
    static let groups = element(
        "groups",
        children: [("sales", ["1001", "1002", "1004"]), ("support", ["1001", "1003", "1004"])].map { name, users in
            let pointers = users.map { element("user", [("id", $0), ("type", "pointer")]) }
            return element("group", [("name", name)], children: [element("users", children: pointers)])
        }
    ).description

    /// The phrase of all tenants.
    static let phrase = """
        <macros><macro name="60000000-0000-4000-8000-000000000003"><input pattern="(.*)"><match>\
        <action function="play-file" data="ivr/ivr-global.wav"/></match></input></macro></macros>
        """

    /// The row of the dialplan whose host name is empty.
    static let extensionWithoutHost = """
        <extension name="empty hostname" continue="" uuid="da000000-0000-4000-8000-000000000703">\
        <condition field="destination_number" expression="^703$"><action application="echo" data=""/></condition>\
        </extension>
        """

    // MARK: - The directory of names

    private struct Listed {
        let id: String
        let callerID: String
        let fullName: String
        var alias: String?
        var isVisible = true
        var tellsExtension = true

        init(_ id: String, _ callerID: String, _ fullName: String) {
            (self.id, self.callerID, self.fullName) = (id, callerID, fullName)
        }
    }

    /// Who is enabled, of the tenants that are.
    static let names = element(
        "document",
        [("type", "freeswitch/xml")],
        children: [
            element(
                "section",
                [("name", "directory")],
                children: [domain("tenant1.example", ofFirst), domain("tenant2.example", ofSecond)]
            )
        ]
    ).description

    private static let ofFirst = {
        var users = [
            Listed("1000", "Ann Admin", "Ann Admin"), Listed("1001", "Bob Builder", "Bob Builder"),
            Listed("1002", "Carl Forward", "Carl"), Listed("1003", "Dora DND", "Dora DND"),
            Listed("1004", "Fred Follow", "Fred Follow"),
            Listed("1006", "Jürgen & \"Söhne\" <O'Neil> 100", "Jür\"gen & <A> O'Neil "),
            Listed("1007", "Cid R", "Cid R"), Listed("1008", "Virtual", "Virtual Box"),
            Listed("1011", "Cid R", "Cid R"), Listed("user-1005", "Alias Five", "Alias Five"),
        ]
        users[1].tellsExtension = false
        users[3].isVisible = false
        users[9].alias = "1005"
        return users
    }()

    private static let ofSecond = [
        Listed("1000", "Same Number", "Same Number"), Listed("2000", "Zoë Zwei", "Zoë Zwei"),
    ]

    private static func domain(_ name: String, _ users: [Listed]) -> XMLNode {
        let all = element("users", children: users.map(user))
        let group = element("group", [("name", "default")], children: [all])
        let attributes = [("name", name), ("alias", "true")]
        return element("domain", attributes, children: [element("groups", children: [group])])
    }

    private static func user(_ user: Listed) -> XMLNode {
        let params = [("directory-visible", user.isVisible), ("directory-exten-visible", user.tellsExtension)]
        let variables = [("effective_caller_id_name", user.callerID), ("directory_full_name", user.fullName)]
        return element(
            "user",
            [("id", user.id)] + (user.alias.map { [("number-alias", $0)] } ?? []),
            children: [
                element(
                    "params",
                    children: params.map { element("param", [("name", $0.0), ("value", $0.1 ? "true" : "false")]) }
                ),
                element(
                    "variables",
                    children: variables.map { element("variable", [("name", $0.0), ("value", $0.1)]) }
                ),
            ]
        )
    }

    private static func element(
        _ name: String,
        _ attributes: [(String, String)] = [],
        children: [XMLNode] = []
    ) -> XMLNode {
        XMLNode(name, attributes: attributes.map { (name: $0.0, value: $0.1) }, children: children)
    }
}
