import Base
public import FileReplication
public import XMLConfig

/// The settings of `file_sync.conf`.
public struct FileSyncConfiguration: Sendable {
    /// The configuration's name.
    public static let name = "file_sync.conf"
    /// How many peers there may be.
    public static let maximumPeers = 64
    /// How many folders there may be.
    public static let maximumFolders = PeerHello.mostFolders

    /// What this node is called (`node-name`).
    public var node: NodeName
    /// Where it listens (`listen`); `nil` where it only calls others.
    public var listen: PeerAddress?
    /// The file with its key and certificate (`certificate`).
    public var certificate = ""
    /// A file with the certificates of a private authority (`ca`); `nil` where peers are known by fingerprints.
    public var authority: String?
    /// Where what is known of the folders is kept (`index-dir`).
    public var indexDirectory = ""
    /// Where commands come from (`control-socket`); `nil` for nowhere.
    public var controlSocket: String?
    /// The other nodes.
    public var peers: [PeerSettings] = []
    /// The folders.
    public var folders: [FolderPlan] = []

    /// Reads `file_sync.conf`.
    ///
    /// - Parameter node: What this node is called where `node-name` does not say it: the name of the switch or the machine.
    /// - Throws: What is wrong with it, with file and line.
    public init(xml: XMLNode, node: String, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        let fallback = NodeName(node) ?? Self.plain(node)
        self.node = reader.value("node-name", expecting: Self.nameRule) { NodeName($0) } ?? fallback
        listen = Self.listen(&reader)
        certificate = reader.nonEmptyString("certificate") ?? ""
        if certificate.isEmpty {
            reader.report(.error, at: nil, "certificate is missing: `tandem sync init` makes the file")
        }
        authority = reader.nonEmptyString("ca")
        indexDirectory = reader.nonEmptyString("index-dir") ?? ""
        if indexDirectory.isEmpty { reader.report(.error, at: nil, "index-dir is missing") }
        controlSocket = reader.value(
            "control-socket",
            expecting: "a path of at most \(LocalSocket.longestPath) bytes"
        ) { $0.utf8.count <= LocalSocket.longestPath ? $0 : nil }.flatMap { $0.isEmpty ? nil : $0 }
        var found = reader.diagnostics
        do throws(ConfigurationError) {
            found = try reader.finish()
        } catch {
            found = error.diagnostics
        }
        var sections = FileSyncReader(own: self.node, hasAuthority: authority != nil)
        peers = sections.peers(xml)
        folders = sections.folders(xml, peers)
        sections.checkNames(xml)
        found += sections.diagnostics
        guard !found.contains(where: { $0.severity == .error }) else { throw ConfigurationError(found) }
        diagnostics += found
    }

    static let nameRule =
        "a name of at most \(NodeName.maximumLength) letters, digits, dots, hyphens and underscores"

    private static func listen(_ reader: inout ConfigurationReader) -> PeerAddress? {
        let text = reader.string("listen", default: "0.0.0.0:\(PeerAddress.usualPort)")
        guard !text.isEmpty else { return nil }
        return reader.value("listen", expecting: "an IP address with a port, or nothing") { text in
            PeerAddress(text).flatMap { IPAddress($0.host) == nil ? nil : $0 }
        } ?? PeerAddress(text)
    }

    /// The name of a machine, as far as it may be one.
    private static func plain(_ text: String) -> NodeName {
        let letters = text.filter { NodeName(String($0)) != nil }.prefix(NodeName.maximumLength)
        return NodeName(String(letters)) ?? NodeName.unnamed
    }

    /// All nodes of a folder with their names, this one too.
    public func members(of folder: FolderPlan) -> [NodeID: String] {
        var members = [node.id: node.text]
        for peer in folder.peers.keys { members[peer.id] = peer.text }
        return members
    }
}
