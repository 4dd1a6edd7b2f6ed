public import Base

/// A `<domain>` of the directory: finds its users and the members of its groups.
///
/// Users inside groups come before users of the domain itself. An entry of `type="pointer"` only says that a user
/// who is defined elsewhere belongs to the group.
public final class DirectoryDomain: Sendable {
    private struct Entry {
        let node: XMLNode
        let group: XMLNode?
    }

    private struct Index {
        var users: [String: Entry] = [:]
        var groups: [String: [String]] = [:]
        var addresses: [String: Entry] = [:]
    }

    /// The domain's name.
    public let name: String
    /// The domain's element.
    public let node: XMLNode

    private let index: Index

    /// Reads a `<domain>` element.
    public init(_ node: XMLNode) {
        self.node = node
        name = node[attribute: "name"] ?? ""
        var index = Index()
        for (user, group) in Self.entries(of: node) {
            let keys = Self.keys(of: user)
            if let group = group?[attribute: "name"] {
                for key in keys where index.groups[key]?.contains(group) != true {
                    index.groups[key, default: []].append(group)
                }
            }
            guard user[attribute: "type"]?.equalsIgnoringASCIICase("pointer") != true else { continue }
            let entry = Entry(node: user, group: group)
            for key in keys where index.users[key] == nil { index.users[key] = entry }
            if let address = user.nonEmpty(attribute: "ip"), index.addresses[address] == nil {
                index.addresses[address] = entry
            }
        }
        self.index = index
    }

    /// The user whose `id` or `number-alias` is `id`.
    public func user(_ id: String) -> DirectoryUser? {
        index.users[id.foldedASCII].map(merged)
    }

    /// The user whose `ip` attribute is an address: a device that is known by where it calls from.
    public func user(at address: IPAddress) -> DirectoryUser? {
        index.addresses[address.description].map(merged)
    }

    /// Every user once, in the order written, pointers left out.
    public var users: [DirectoryUser] {
        Self.entries(of: node)
            .filter { $0.user[attribute: "type"]?.equalsIgnoringASCIICase("pointer") != true }
            .map { merged(Entry(node: $0.user, group: $0.group)) }
    }

    /// The names of the groups, in the order written.
    public var groupNames: [String] {
        node.first("groups")?.children(named: "group").compactMap { $0[attribute: "name"] } ?? []
    }

    /// The members of a group in the order written, pointers followed; `nil` when there is no such group.
    ///
    /// A pointer to a user who does not exist is left out.
    public func members(of group: String) -> [DirectoryUser]? {
        entries(of: group)?.compactMap { entry in
            switch entry {
            case .user(let user): user
            case .pointer: nil
            }
        }
    }

    /// What a group says of a member.
    enum Member {
        /// A user who is in the same document.
        case user(DirectoryUser)
        /// The name of one who is not.
        case pointer(String)
    }

    /// The members of a group in the order written; `nil` when there is no such group.
    func entries(of group: String) -> [Member]? {
        guard let group = node.first("groups")?.firstChild(named: "group", where: "name", equals: group) else {
            return nil
        }
        return Self.users(in: group).compactMap { entry in
            guard entry[attribute: "type"]?.equalsIgnoringASCIICase("pointer") == true else {
                return .user(merged(Entry(node: entry, group: group)))
            }
            return entry.nonEmpty(attribute: "id").map { id in user(id).map { .user($0) } ?? .pointer(id) }
        }
    }

    private func merged(_ entry: Entry) -> DirectoryUser {
        let id = entry.node[attribute: "id"]?.foldedASCII ?? ""
        return DirectoryUser(node: entry.node, group: entry.group, domain: node, groups: index.groups[id] ?? [])
    }

    private static func keys(of user: XMLNode) -> [String] {
        ["id", "number-alias"].compactMap { user.nonEmpty(attribute: $0)?.foldedASCII }
    }

    private static func entries(of domain: XMLNode) -> [(user: XMLNode, group: XMLNode?)] {
        var entries: [(user: XMLNode, group: XMLNode?)] = []
        for group in domain.first("groups")?.children ?? [] where group.name == "group" {
            for user in users(in: group) { entries.append((user, group)) }
        }
        for user in users(in: domain) { entries.append((user, nil)) }
        return entries
    }

    /// Users are written inside `<users>` or directly.
    private static func users(in parent: XMLNode) -> [XMLNode] {
        let wrapped = parent.children(named: "users").flatMap { Array($0.children(named: "user")) }
        return wrapped + Array(parent.children(named: "user"))
    }
}
