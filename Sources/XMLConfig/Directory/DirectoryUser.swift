/// A user of the directory with everything that the group and the domain add.
///
/// Parameters steer modules (credentials, dial string, voicemail); variables go to the user's channels. Each is
/// taken from the user first, then from the group that the user was found in, then from the domain.
public struct DirectoryUser: Sendable {
    /// The user's `id` attribute, which is not what was asked for when the number alias was.
    public let id: String
    /// The name of the domain.
    public let domain: String
    /// The user's attributes (`id`, `number-alias`, `mailbox`, `cidr`, `cacheable` …).
    public let attributes: [(name: String, value: String)]
    /// What steers modules.
    public let params: NamedValues
    /// What channels of the user are given.
    public let variables: NamedValues
    /// What the caller profile of the user's channels is given.
    public let profileVariables: NamedValues
    /// The groups that name the user, by pointers too, in the order written.
    public let groups: [String]
    /// The user's element, for `gateways`, `vcard` and the like.
    public let node: XMLNode

    init(node: XMLNode, group: XMLNode?, domain: XMLNode, groups: [String]) {
        id = node[attribute: "id"] ?? ""
        self.domain = domain[attribute: "name"] ?? ""
        self.node = node
        self.groups = groups
        attributes = node.attributes
        var params = NamedValues()
        var variables = NamedValues()
        var profileVariables = NamedValues()
        for source in [node, group, domain] {
            params.addIfAbsent(from: source, list: "params", element: "param")
            variables.addIfAbsent(from: source, list: "variables", element: "variable")
            profileVariables.addIfAbsent(from: source, list: "profile-variables", element: "variable")
        }
        (self.params, self.variables, self.profileVariables) = (params, variables, profileVariables)
    }

    /// An attribute of the user's element.
    public subscript(attribute name: String) -> String? { node[attribute: name] }

    /// The mailbox that the user's messages are in: the `mailbox` attribute, else the id.
    public var mailbox: String { node.nonEmpty(attribute: "mailbox") ?? id }
}
