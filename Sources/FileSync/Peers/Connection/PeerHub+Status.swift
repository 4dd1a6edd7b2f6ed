import Base
import FileReplication
import Synchronization

/// How things are with the peers.
extension PeerHub {
    var status: [PeerStatus] {
        state.withLock { state in
            state.peers.map { id, peer in
                let counters = state.counters[id]
                let folders = peer.grant.folders.keys.sorted().map { name in
                    let channel = peer.channels.first { $0.folder == name }
                    let counters = state.folderCounters[id]?[name]
                    return PeerStatus.Folder(
                        name: name,
                        isShared: channel != nil,
                        sent: counters?.sent ?? 0,
                        received: counters?.received ?? 0,
                        queued: channel?.queuedBytes ?? 0
                    )
                }
                let connection = peer.current?.connection
                return PeerStatus(
                    name: peer.grant.peer.name,
                    isConnected: connection != nil,
                    address: connection?.remoteAddress ?? peer.grant.peer.address.map { "\($0)" } ?? "",
                    roundTrip: connection?.roundTrip.map { Double($0.wholeNanoseconds) / 1e6 },
                    sent: counters?.sent ?? 0,
                    received: counters?.received ?? 0,
                    connections: peer.connections,
                    fault: connection == nil ? peer.fault.map { "\($0)" } : nil,
                    folders: folders
                )
            }.sorted { $0.name < $1.name }
        }
    }
}
