import Base

extension XMLNode {
    /// The child elements of a name, in order.
    public func children(named name: String) -> some Sequence<XMLNode> & Sendable {
        children.lazy.filter { @Sendable node in node.name == name }
    }

    /// The first child element of a name.
    public func first(_ name: String) -> XMLNode? {
        children.first { $0.name == name }
    }

    /// The first child element of a name whose attribute has a value, compared without ASCII case.
    public func firstChild(named name: String, where attribute: String, equals value: String) -> XMLNode? {
        children.first { $0.name == name && $0[attribute: attribute]?.equalsIgnoringASCIICase(value) == true }
    }

    /// The first element that is reached by following child names: `configuration.first(at: "settings", "param")`.
    public func first(at path: String...) -> XMLNode? {
        var node = self
        for name in path {
            guard let next = node.first(name) else { return nil }
            node = next
        }
        return node
    }

    /// The attribute's value where it is present and not empty.
    public func nonEmpty(attribute name: String) -> String? {
        guard let value = self[attribute: name], !value.isEmpty else { return nil }
        return value
    }
}
