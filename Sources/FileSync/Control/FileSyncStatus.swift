import Base
import FileReplication

/// How things are with everything.
public struct FileSyncStatus: Sendable {
    /// What has happened in a folder since the start.
    public struct Counts: Sendable {
        /// Files that came.
        public var finished = 0
        /// Files that were removed because they were elsewhere.
        public var removed = 0
        /// Versions that did not prevail.
        public var conflicts = 0
        /// Paths that could not be brought up to date, each time.
        public var failures = 0

        /// Nothing has.
        public init() {}
    }

    /// What this node is called.
    public var node: NodeName
    /// What its certificate is known by.
    public var fingerprint: Fingerprint
    /// Where it listens; `nil` for nowhere.
    public var listening: String?
    /// The folders.
    public var folders: [FolderStatus]
    /// The folders that could not be started, and why.
    public var failed: [(name: String, reason: String)]
    /// What has happened in them.
    public var counts: [String: Counts]
    /// The peers.
    public var peers: [PeerStatus]
}

extension FileSyncStatus {
    private func peer(_ id: NodeID) -> PeerStatus? { peers.first { $0.name.id == id } }

    private static func text(of obstacle: FolderStatus.Obstacle) -> String {
        switch obstacle {
        case .halted: "paused"
        case .rootVanished: "the root is not there"
        case .disk(let failure): "disk: \(failure)"
        case .index: "the index cannot be written"
        }
    }

    // MARK: - Text

    /// A few lines for each folder and peer.
    var text: String {
        var lines = ["node \(node), \(fingerprint), listening at \(listening ?? "nowhere")"]
        for folder in folders { lines += Self.lines(folder) }
        for (name, reason) in failed { lines.append("folder \(name): not started: \(reason)") }
        for peer in peers {
            let state = peer.isConnected ? "connected" : "not connected\(peer.fault.map { ", \($0)" } ?? "")"
            let trip = peer.roundTrip.map { ", round trip \($0.text(places: 1)) ms" } ?? ""
            lines.append(
                "peer \(peer.name) (\(peer.address)): \(state)\(trip), sent \(peer.sent), received \(peer.received) bytes"
            )
            for shared in peer.folders where peer.isConnected && !shared.isShared {
                lines.append(
                    "  folder \(shared.name) is not shared: the peer does not have it, or was not given it there"
                )
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ folder: FolderStatus) -> [String] {
        let connected = folder.peers.values.filter(\.isConnected)
        var state = folder.obstacle.map { text(of: $0) } ?? (folder.unsettled > 0 ? "works" : "up to date")
        if folder.isScanning { state += ", scans" }
        var lines = [
            "folder \(folder.name) (\(folder.root)): \(state), \(folder.held) of \(folder.files) files, "
                + "\(folder.heldBytes) bytes, \(folder.conflicts) conflicts",
            "  in sync with \(connected.count { $0.isInSync }) of \(connected.count) connected peers",
        ]
        if folder.unsettled > 0 {
            let left = folder.secondsLeft.map { ", \(Int($0.rounded(.up))) s left" } ?? ""
            lines.append(
                "  \(folder.unsettled) paths and \(folder.unsettledBytes) bytes to go, "
                    + "\(Int(folder.receiveRate)) bytes/s in, \(Int(folder.sendRate)) out\(left)"
            )
        }
        if folder.deletionsWaiting > 0 {
            lines.append("  \(folder.deletionsWaiting) deletions wait: deletions accept|refuse \(folder.name)")
        }
        if folder.refused > 0 {
            lines.append("  \(folder.refused) files were changed by nodes whose files they are not; that is not taken")
        }
        for path in folder.caseCollisions { lines.append("  differs in case only from another name: \(path)") }
        for path in folder.faults { lines.append("  cannot be read: \(path)") }
        return lines
    }

    // MARK: - JSON

    /// Everything, as one JSON object.
    var json: String {
        JSONText.object(json: [
            ("node", JSONText.quoted(node.text)), ("fingerprint", JSONText.quoted("\(fingerprint)")),
            ("listening", listening.map { JSONText.quoted($0) } ?? "null"),
            ("folders", JSONText.array(json: folders.map { json(of: $0) })),
            (
                "failed",
                JSONText.array(json: failed.map { JSONText.object([("name", $0.name), ("reason", $0.reason)]) })
            ), ("peers", JSONText.array(json: peers.map { Self.json(of: $0) })),
        ])
    }

    private func json(of folder: FolderStatus) -> String {
        let counts = counts[folder.name] ?? Counts()
        let members = folder.peers.sorted { $0.key < $1.key }.map { id, state in
            let peer = peer(id)
            let wire = peer?.folders.first { $0.name == folder.name }
            return JSONText.object(json: [
                ("name", JSONText.quoted(peer?.name.text ?? "")), ("connected", "\(state.isConnected)"),
                ("shared", "\(wire?.isShared ?? false)"), ("in_sync", "\(state.isInSync)"),
                ("content_sent", "\(state.sent)"), ("content_received", "\(state.received)"),
                ("wire_sent", "\(wire?.sent ?? 0)"), ("wire_received", "\(wire?.received ?? 0)"),
                ("queued", "\(wire?.queued ?? 0)"),
            ])
        }
        return JSONText.object(json: [
            ("name", JSONText.quoted(folder.name)), ("path", JSONText.quoted(folder.root)),
            ("obstacle", folder.obstacle.map { JSONText.quoted(Self.text(of: $0)) } ?? "null"),
            ("scanning", "\(folder.isScanning)"),
            ("watching", folder.watching.map { JSONText.quoted("\($0)") } ?? "null"),
            ("files", "\(folder.files)"), ("held", "\(folder.held)"), ("held_bytes", "\(folder.heldBytes)"),
            ("unsettled", "\(folder.unsettled)"), ("unsettled_bytes", "\(folder.unsettledBytes)"),
            ("receive_rate", Self.number(folder.receiveRate)), ("send_rate", Self.number(folder.sendRate)),
            ("seconds_left", folder.secondsLeft.map { Self.number($0) } ?? "null"),
            ("conflicts", "\(folder.conflicts)"), ("deletions_waiting", "\(folder.deletionsWaiting)"),
            ("refused", "\(folder.refused)"),
            ("finished", "\(counts.finished)"), ("removed", "\(counts.removed)"), ("failures", "\(counts.failures)"),
            ("case_collisions", JSONText.array(json: folder.caseCollisions.map { JSONText.quoted("\($0)") })),
            ("faults", JSONText.array(json: folder.faults.map { JSONText.quoted("\($0)") })),
            ("peers", JSONText.array(json: members)),
        ])
    }

    private static func json(of peer: PeerStatus) -> String {
        JSONText.object(json: [
            ("name", JSONText.quoted(peer.name.text)), ("connected", "\(peer.isConnected)"),
            ("address", JSONText.quoted(peer.address)),
            ("round_trip_ms", peer.roundTrip.map { number($0) } ?? "null"),
            ("wire_sent", "\(peer.sent)"), ("wire_received", "\(peer.received)"),
            ("connections", "\(peer.connections)"), ("fault", peer.fault.map { JSONText.quoted($0) } ?? "null"),
        ])
    }

    private static func number(_ value: Double) -> String { value.isFinite ? value.text(places: 1) : "0" }
}
