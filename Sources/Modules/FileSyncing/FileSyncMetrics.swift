import FileSync
import SwitchCore

/// What is counted and measured of folders and peers.
enum FileSyncMetrics {
    typealias Reading = @Sendable () async -> FileSyncStatus?

    static func all(_ read: @escaping Reading) -> [Metric] {
        [
            folders("file_sync_files", .gauge, "Files that are to be here.", read) { status, _ in status.files },
            folders("file_sync_unsettled", .gauge, "Paths that are not what they should be.", read) { status, _ in
                status.unsettled
            },
            folders("file_sync_unsettled_bytes", .gauge, "Bytes of the files among them.", read) { status, _ in
                Int(clamping: status.unsettledBytes)
            },
            folders("file_sync_stopped", .gauge, "Whether nothing is done in a folder, 1 or 0.", read) { status, _ in
                status.obstacle == nil ? 0 : 1
            },
            folders("file_sync_deletions_waiting", .gauge, "Deletions that wait for a decision.", read) { status, _ in
                status.deletionsWaiting
            },
            folders("file_sync_refused", .gauge, "Files that others than their owners changed.", read) { status, _ in
                status.refused
            },
            folders("file_sync_finished", .counter, "Files that came.", read) { $1.finished },
            folders("file_sync_removed", .counter, "Files that were removed elsewhere.", read) { $1.removed },
            folders("file_sync_conflicts", .counter, "Versions that did not prevail.", read) { $1.conflicts },
            folders("file_sync_failures", .counter, "How often a path could not be brought up to date.", read) {
                $1.failures
            },
            peers("file_sync_connected", .gauge, "Whether there is a connection, 1 or 0.", read) { peer in
                [Metric.Sample(peer.isConnected ? 1 : 0, [("peer", peer.name.text)])]
            },
            peers("file_sync_bytes", .counter, "Bytes on the wire, with those of TLS.", read) { peer in
                [
                    Metric.Sample(Double(peer.sent), [("peer", peer.name.text), ("direction", "out")]),
                    Metric.Sample(Double(peer.received), [("peer", peer.name.text), ("direction", "in")]),
                ]
            },
        ]
    }

    private static func folders(
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ read: @escaping Reading,
        _ value: @escaping @Sendable (FolderStatus, FileSyncStatus.Counts) -> Int
    ) -> Metric {
        Metric(name, kind, help) {
            guard let status = await read() else { return [] }
            return status.folders.map { folder in
                let counts = status.counts[folder.name] ?? FileSyncStatus.Counts()
                return Metric.Sample(Double(value(folder, counts)), [("folder", folder.name)])
            }
        }
    }

    private static func peers(
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ read: @escaping Reading,
        _ samples: @escaping @Sendable (PeerStatus) -> [Metric.Sample]
    ) -> Metric {
        Metric(name, kind, help) { await read()?.peers.flatMap(samples) ?? [] }
    }
}
