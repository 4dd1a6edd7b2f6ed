import FileReplication
import FileTrees
import XMLConfig

/// Reads the peers and folders of a configuration.
struct FileSyncReader {
    private let own: NodeName
    private let hasAuthority: Bool
    private(set) var diagnostics: [Diagnostic] = []

    /// - Parameters:
    ///   - own: What this node is called.
    ///   - hasAuthority: Whether an authority vouches for certificates.
    init(own: NodeName, hasAuthority: Bool) {
        (self.own, self.hasAuthority) = (own, hasAuthority)
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ node: XMLNode, _ message: String) {
        diagnostics.append(Diagnostic(severity, at: node.location, message))
    }

    private mutating func report(_ node: XMLNode, _ message: String) { report(.error, node, message) }

    /// Warns of what nothing reads.
    private mutating func check(_ node: XMLNode, attributes: [String], elements: [String] = []) {
        for attribute in node.attributes where !attributes.contains(attribute.name) {
            let hint = SpellingSuggestion.hint(for: attribute.name, among: attributes)
            report(.warning, node, "<\(node.name)> has no attribute \"\(attribute.name)\"\(hint)")
        }
        for child in node.children where !elements.contains(child.name) {
            let hint = SpellingSuggestion.hint(for: child.name, among: elements)
            report(.warning, child, "<\(child.name)> has no effect in <\(node.name)>\(hint)")
        }
    }

    /// Warns of elements at the top that nothing reads.
    mutating func checkNames(_ xml: XMLNode) {
        check(xml, attributes: ["name", "description"], elements: ["settings", "peers", "folders"])
        if let peers = xml.first("peers") { check(peers, attributes: [], elements: ["peer"]) }
        if let folders = xml.first("folders") { check(folders, attributes: [], elements: ["folder"]) }
    }

    // MARK: - Peers

    mutating func peers(_ xml: XMLNode) -> [PeerSettings] {
        var peers: [PeerSettings] = []
        for node in xml.first("peers")?.children(named: "peer").map({ $0 }) ?? [] {
            guard peers.count < FileSyncConfiguration.maximumPeers else {
                report(node, "there are more than \(FileSyncConfiguration.maximumPeers) peers")
                break
            }
            guard let peer = peer(node) else { continue }
            if peer.name.id == own.id {
                // The same list on all nodes.
                report(.note, node, "peer \(peer.name) is this node")
            } else if peers.contains(where: { $0.name.id == peer.name.id }) {
                report(node, "there are two peers \(peer.name)")
            } else if let other = peers.first(where: { $0.fingerprint != nil && $0.fingerprint == peer.fingerprint }) {
                report(node, "peers \(other.name) and \(peer.name) have the same fingerprint")
            } else {
                peers.append(peer)
            }
        }
        return peers
    }

    private mutating func peer(_ node: XMLNode) -> PeerSettings? {
        check(node, attributes: ["name", "address", "fingerprint"], elements: ["limit"])
        guard let name = name(node) else { return nil }
        var peer = PeerSettings(name: name)
        if let text = node.nonEmpty(attribute: "address") {
            peer.address = PeerAddress(text)
            if peer.address.map({ $0.port == 0 }) ?? true {
                report(node, "address of peer \(name) is \"\(text)\", expected a host with a port")
            }
        }
        if let text = node.nonEmpty(attribute: "fingerprint") {
            peer.fingerprint = Fingerprint(text)
            if peer.fingerprint == nil {
                report(node, "fingerprint of peer \(name) is \"\(text)\", expected SHA256: and 64 hexadecimal digits")
            }
        } else if !hasAuthority, name.id != own.id {
            report(node, "peer \(name) has no fingerprint, and there is no ca")
        }
        peer.limits = limits(node)
        return peer
    }

    private mutating func name(_ node: XMLNode) -> NodeName? {
        let text = node[attribute: "name"] ?? ""
        let name = NodeName(text)
        if name == nil {
            report(node, "name of a peer is \"\(text)\", expected \(FileSyncConfiguration.nameRule)")
        }
        return name
    }

    private mutating func limits(_ node: XMLNode) -> [RateLimit] {
        let nodes = node.children(named: "limit").map { $0 }
        if nodes.count > RateLimit.maximumCount {
            report(node, "there are more than \(RateLimit.maximumCount) limits")
        }
        return nodes.prefix(RateLimit.maximumCount).map { limit($0) }
    }

    private mutating func limit(_ node: XMLNode) -> RateLimit {
        check(node, attributes: ["send", "receive", "hours", "days"])
        var limit = RateLimit(rates: LinkRates(send: rate(node, "send"), receive: rate(node, "receive")))
        let (hours, days) = (node[attribute: "hours"] ?? "", node[attribute: "days"] ?? "")
        if !hours.isEmpty || !days.isEmpty {
            limit.hours = Hours(hours, days: days)
            if limit.hours == nil {
                report(
                    node,
                    "hours of a limit are \"\(hours)\", days \"\(days)\"; expected 08:00-18:00 and mon-fri, for example"
                )
            }
        }
        return limit
    }

    private mutating func rate(_ node: XMLNode, _ name: String) -> ByteRate? {
        guard let text = node.nonEmpty(attribute: name), text != "0", text.lowercased() != "none" else { return nil }
        let rate = ByteRate(text)
        if rate == nil {
            report(node, "\(name) of a limit is \"\(text)\", expected 1kB/s at least, 2MB/s or 10Mbit/s for example")
        }
        return rate
    }

    // MARK: - Folders

    mutating func folders(_ xml: XMLNode, _ peers: [PeerSettings]) -> [FolderPlan] {
        var folders: [FolderPlan] = []
        for node in xml.first("folders")?.children(named: "folder").map({ $0 }) ?? [] {
            guard folders.count < FileSyncConfiguration.maximumFolders else {
                report(node, "there are more than \(FileSyncConfiguration.maximumFolders) folders")
                break
            }
            guard let folder = folder(node, peers) else { continue }
            if folders.contains(where: { $0.name == folder.name }) {
                report(node, "there are two folders \(folder.name)")
            } else if let other = folders.first(where: { Self.overlap($0.path, folder.path) }) {
                report(node, "folder \(folder.name) is within folder \(other.name), or around it")
            } else {
                folders.append(folder)
            }
        }
        return folders
    }

    private static func overlap(_ left: String, _ right: String) -> Bool {
        (left + "/").hasPrefix(right + "/") || (right + "/").hasPrefix(left + "/")
    }

    private mutating func folder(_ node: XMLNode, _ peers: [PeerSettings]) -> FolderPlan? {
        check(node, attributes: ["name", "path"], elements: ["param", "include", "exclude", "peer"])
        let name = node[attribute: "name"] ?? ""
        guard NodeName(name) != nil else {
            report(node, "name of a folder is \"\(name)\", expected \(FileSyncConfiguration.nameRule)")
            return nil
        }
        var path = node[attribute: "path"] ?? ""
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard path.hasPrefix("/"), path != "/" else {
            report(node, "path of folder \(name) is \"\(path)\", expected an absolute one")
            return nil
        }
        var folder = FolderPlan(name: name, path: path)
        readParameters(node, &folder)
        readRules(node, &folder)
        folder.peers = members(node, peers)
        return folder
    }

    private mutating func readParameters(_ node: XMLNode, _ folder: inout FolderPlan) {
        var reader = ConfigurationReader(ParameterList(of: node))
        folder.direction = reader.choice(
            "direction",
            of: ["send": .send, "receive": .receive, "both": .both],
            default: folder.direction
        )
        folder.ownership = reader.choice(
            "owner",
            of: ["single": .single, "shared": .shared],
            default: folder.ownership
        )
        folder.conflicts = reader.choice(
            "conflicts",
            of: ["beside": .beside, "versions": .versions],
            default: folder.conflicts
        )
        folder.placing.links = reader.choice(
            "links",
            of: ["refuse": .refused, "inside": .inside, "all": .all],
            default: folder.placing.links
        )
        folder.placing.owners = reader.choice(
            "file-owners",
            of: ["named": folder.placing.owners, "ours": .ours],
            default: folder.placing.owners
        )
        folder.placing.allowsSetID = reader.boolean("set-id", default: folder.placing.allowsSetID)
        folder.onChange = reader.nonEmptyString("on-change")
        let days = reader.integer("versions-days", in: 0...36_500, default: 30)
        folder.versions = reader.choice(
            "versions",
            of: ["none": .none, "trash": .trash(days: days), "staggered": .staggered(days: days)],
            default: .none
        )
        if let share = reader.value("delete-limit", expecting: "1% to 100%", Self.share) {
            folder.deleteLimits.share = share
        }
        folder.deleteLimits.least = reader.integer(
            "delete-limit-files",
            in: 0...10_000_000,
            default: folder.deleteLimits.least
        )
        do throws(ConfigurationError) {
            diagnostics += try reader.finish()
        } catch {
            diagnostics += error.diagnostics
        }
    }

    private static func share(_ text: String) -> Double? {
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (1...100).contains(percent) else {
            return nil
        }
        return percent / 100
    }

    private mutating func readRules(_ node: XMLNode, _ folder: inout FolderPlan) {
        for child in node.children where child.name == "include" || child.name == "exclude" {
            check(child, attributes: ["pattern"])
            let pattern = child[attribute: "pattern"] ?? ""
            let rule = (child.name == "include" ? "+ " : "- ") + pattern
            if !folder.filter.append(rule) {
                report(child, "pattern is \"\(pattern)\", expected one as rsync's filters have them")
            }
        }
    }

    /// With whom a folder is shared: with all peers, where it names none.
    private mutating func members(_ node: XMLNode, _ peers: [PeerSettings]) -> [NodeName: [RateLimit]] {
        var members: [NodeName: [RateLimit]] = [:]
        let named = node.children(named: "peer").map { $0 }
        for child in named {
            check(child, attributes: ["name"], elements: ["limit"])
            guard let name = name(child) else { continue }
            let limits = limits(child)
            if let peer = peers.first(where: { $0.name.id == name.id }) {
                members[peer.name] = limits
            } else if name.id != own.id {
                let hint = SpellingSuggestion.hint(for: name.text, among: peers.map(\.name.text))
                report(child, "there is no peer \(name)\(hint)")
            }
        }
        guard named.isEmpty else { return members }
        for peer in peers { members[peer.name] = [] }
        return members
    }
}
