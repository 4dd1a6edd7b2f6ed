import XMLConfig

extension XMLNode {
    /// A document with one section, as an answer has it.
    static func answer(_ section: XMLSection, _ children: [XMLNode]) -> XMLNode {
        XMLNode(
            "document",
            attributes: [("type", "freeswitch/xml")],
            children: [XMLNode("section", attributes: [("name", section.rawValue)], children: children)]
        )
    }

    /// A document with one configuration.
    static func configuration(_ name: String, description: String, _ children: [XMLNode]) -> XMLNode {
        answer(
            .configuration,
            [XMLNode("configuration", [("name", name), ("description", description)], children)]
        )
    }

    /// An element with attributes and children.
    convenience init(_ name: String, _ attributes: [(String, String)], _ children: [XMLNode] = []) {
        self.init(name, attributes: attributes.map { (name: $0.0, value: $0.1) }, children: children)
    }

    /// `<param name="…" value="…"/>`.
    static func param(_ name: String, _ value: String) -> XMLNode {
        XMLNode("param", [("name", name), ("value", value)])
    }

    /// `<variable name="…" value="…"/>`.
    static func variable(_ name: String, _ value: String) -> XMLNode {
        XMLNode("variable", [("name", name), ("value", value)])
    }
}
