import Base

/// A list of `<param name="…" value="…"/>`, as nearly every configuration has one.
public struct ParameterList: Sendable {
    /// One parameter.
    public struct Parameter: Sendable {
        /// The parameter's name as it is written.
        public let name: String
        /// Its value; empty when there is none.
        public let value: String
        /// Where it is written.
        public let location: SourceLocation
    }

    /// The parameters in the order written.
    public let parameters: [Parameter]
    /// Where the list is written.
    public let location: SourceLocation

    /// The parameters directly inside an element.
    public init(of node: XMLNode, element: String = "param") {
        location = node.location
        parameters = node.children(named: element).compactMap { child in
            guard let name = child[attribute: "name"] else { return nil }
            return Parameter(name: name, value: child[attribute: "value"] ?? "", location: child.location)
        }
    }

    /// The parameters of a configuration's `<settings>`; none when it has no settings.
    public init(settingsOf configuration: XMLNode) {
        self.init(of: configuration.first("settings") ?? XMLNode("settings", location: configuration.location))
    }

    /// The parameter that counts when a name is written several times: the last one.
    public func last(_ name: String) -> Parameter? {
        parameters.last { $0.name.equalsIgnoringASCIICase(name) }
    }

    /// All parameters of a name, for those that may be repeated.
    public func all(_ name: String) -> [Parameter] {
        parameters.filter { $0.name.equalsIgnoringASCIICase(name) }
    }

    /// The value of a parameter.
    public subscript(name: String) -> String? { last(name)?.value }
}
