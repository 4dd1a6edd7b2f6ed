public import Base

/// All access control lists: those of `acl.conf` and those that are always there.
public struct AccessControlLists: Sendable {
    /// What was noticed in `acl.conf`.
    public private(set) var diagnostics: [Diagnostic] = []

    /// The networks that this machine's own addresses are in.
    public let localNetworks: [IPPrefix]

    private var lists: [String: AccessControlList] = [:]

    /// The lists of a configuration, and the automatic ones.
    ///
    /// - Parameters:
    ///   - xml: The `acl.conf` configuration; `nil` for the automatic lists alone.
    ///   - domains: The `<domain>` elements of the directory that ``domainNames(in:)`` asks for, by name.
    ///   - localNetworks: The networks that this machine's own addresses are in.
    public init(xml: XMLNode?, domains: [String: XMLNode] = [:], localNetworks: [IPPrefix] = []) {
        self.localNetworks = localNetworks
        for list in Self.automatic(localNetworks: localNetworks) { lists[list.name] = list }
        let folded = Dictionary(domains.map { ($0.key.foldedASCII, $0.value) }, uniquingKeysWith: { first, _ in first })
        for node in xml?.first("network-lists")?.children ?? [] where node.name == "list" {
            guard let name = node.nonEmpty(attribute: "name") else {
                diagnostics.append(Diagnostic(.warning, at: node.location, "a list without a name is left out"))
                continue
            }
            if lists[name.foldedASCII] != nil {
                diagnostics.append(Diagnostic(.warning, at: node.location, "list \"\(name)\" replaces another one"))
            }
            lists[name.foldedASCII] = read(node, name: name, domains: folded)
        }
    }

    /// Reads `acl.conf` and the domains that it names through a registry, so that providers can answer.
    public static func load(from registry: XMLRegistry, localNetworks: [IPPrefix]) async -> AccessControlLists {
        let xml = await registry.configuration(named: "acl.conf")
        var domains: [String: XMLNode] = [:]
        for name in xml.map(domainNames(in:)) ?? [] {
            domains[name] = await registry.locate(
                section: .directory,
                tag: "domain",
                key: "name",
                value: name,
                parameters: LookUpOrigin.accessLists.parameters + [("domain", name), ("purpose", "network-list")]
            )
        }
        return AccessControlLists(xml: xml, domains: domains, localNetworks: localNetworks)
    }

    /// The domains whose users' networks the lists want, each once.
    public static func domainNames(in xml: XMLNode) -> [String] {
        var names: [String] = []
        for list in xml.first("network-lists")?.children ?? [] where list.name == "list" {
            for node in list.children(named: "node") {
                guard let name = node.nonEmpty(attribute: "domain"), !names.contains(name) else { continue }
                names.append(name)
            }
        }
        return names
    }

    /// A list by its name, compared without case.
    public subscript(name: String) -> AccessControlList? { lists[name.foldedASCII] }

    /// The names of all lists, sorted.
    public var names: [String] { lists.values.map(\.name).sorted() }

    /// What a list, or a network written in its place (`192.0.2.0/24`, several with commas), says about an address.
    ///
    /// - Returns: `nil` when there is no such list and the name is not a network.
    public func decision(
        for address: IPAddress,
        port: UInt16? = nil,
        in listOrNetwork: String
    ) -> AccessControlList.Decision? {
        if let list = self[listOrNetwork] { return list.decision(for: address, port: port) }
        let networks = listOrNetwork.split(separator: ",").map { IPPrefix($0.trimmingBlanks) }
        guard listOrNetwork.contains("/"), !networks.isEmpty, !networks.contains(nil) else { return nil }
        let match = networks.compactMap { $0 }.first { $0.contains(address) }
        return AccessControlList.Decision(isAllowed: match != nil, token: nil, network: match)
    }

    /// Whether every one of some lists allows an address; a list that does not exist allows nobody.
    public func allow(_ address: IPAddress, in listsOrNetworks: [String]) -> Bool {
        listsOrNetworks.allSatisfy { decision(for: address, in: $0)?.isAllowed == true }
    }

    // MARK: - Reading

    private mutating func read(_ node: XMLNode, name: String, domains: [String: XMLNode]) -> AccessControlList {
        let allowsByDefault = node[attribute: "default"]?.isTrueSetting ?? false
        var list = AccessControlList(name: name, allowsByDefault: allowsByDefault)
        for entry in node.children(named: "node") {
            let isAllowed = entry.nonEmpty(attribute: "type")?.isTrueSetting ?? allowsByDefault
            let ports = readPorts(entry)
            if let text = entry.nonEmpty(attribute: "cidr") {
                for network in networks(text, at: entry.location) {
                    list.add(network, allowing: isAllowed, ports: ports)
                }
            } else if let host = entry.nonEmpty(attribute: "host") {
                let mask = entry[attribute: "mask"] ?? ""
                if let network = Self.network(host: host, mask: mask) {
                    list.add(network, allowing: isAllowed, ports: ports)
                } else {
                    warn(entry, "host \"\(host)\" with mask \"\(mask)\" is not a network, the node is left out")
                }
            } else if let domain = entry.nonEmpty(attribute: "domain") {
                guard let found = domains[domain.foldedASCII] else {
                    warn(entry, "the directory has no domain \"\(domain)\", the node is left out")
                    continue
                }
                addUsers(of: found, allowing: isAllowed, ports: ports, to: &list)
            } else {
                warn(entry, "expected a cidr, host or domain attribute, the node is left out")
            }
        }
        return list
    }

    private mutating func addUsers(
        of domain: XMLNode,
        allowing: Bool,
        ports: AccessControlList.Ports?,
        to list: inout AccessControlList
    ) {
        for user in DirectoryDomain(domain).users {
            guard let text = user.node.nonEmpty(attribute: "cidr") else { continue }
            for network in networks(text, at: user.node.location) {
                list.add(network, allowing: allowing, ports: ports, token: "\(user.id)@\(user.domain)")
            }
        }
    }

    private mutating func networks(_ text: String, at location: SourceLocation) -> [IPPrefix] {
        text.split(separator: ",").compactMap { item in
            let item = item.trimmingBlanks
            if let network = IPPrefix(item) { return network }
            diagnostics.append(
                Diagnostic(.warning, at: location, "\"\(item)\" is not a network such as 192.0.2.0/24, it is left out")
            )
            return nil
        }
    }

    private mutating func readPorts(_ node: XMLNode) -> AccessControlList.Ports? {
        var list: [UInt16] = []
        for item in (node[attribute: "ports"] ?? "").split(separator: ",") {
            if let port = UInt16(item.trimmingBlanks) {
                list.append(port)
            } else {
                warn(node, "\"\(item)\" is not a port")
            }
        }
        let lowest = port("port-min", of: node)
        let highest = port("port-max", of: node)
        guard lowest != nil || highest != nil else {
            return list.isEmpty ? nil : AccessControlList.Ports(list: list)
        }
        let (lower, upper) = (lowest ?? 0, highest ?? .max)
        guard lower <= upper else {
            warn(node, "port-min \(lower) is above port-max \(upper)")
            return AccessControlList.Ports(list: list)
        }
        return AccessControlList.Ports(list: list, range: lower...upper)
    }

    private mutating func port(_ attribute: String, of node: XMLNode) -> UInt16? {
        guard let text = node.nonEmpty(attribute: attribute) else { return nil }
        if let port = UInt16(text) { return port }
        warn(node, "\(attribute) is \"\(text)\", expected a port")
        return nil
    }

    private mutating func warn(_ node: XMLNode, _ message: String) {
        diagnostics.append(Diagnostic(.warning, at: node.location, message))
    }

    /// `192.0.2.0` with `255.255.255.0`; a mask with holes is no mask.
    private static func network(host: String, mask: String) -> IPPrefix? {
        guard let host = IPAddress(host), let mask = IPAddress(mask), host.family == mask.family else { return nil }
        let ones: Int
        if mask.family == .v4 {
            ones = (~UInt32(truncatingIfNeeded: mask.low)).leadingZeroBitCount
        } else {
            ones = ~mask.high == 0 ? 64 + (~mask.low).leadingZeroBitCount : (~mask.high).leadingZeroBitCount
        }
        guard let network = IPPrefix(mask, length: ones), network.address == mask else { return nil }
        return IPPrefix(host, length: ones)
    }
}
