import Base
import Testing

@testable import FileReplication

/// A node that has lost what it knew.
struct RecoveryTests {
    private static let peer = NodeID(1)

    /// What it has may be older than what others have: nothing is fetched over it before it was looked at, and it does not
    /// win for being new to the node.
    @Test func whatIsThereIsLookedAtBeforeAnythingIsFetched() throws {
        let members = [Self.peer: "a", NodeID(2): "b"]
        var replica = try FolderReplica(own: NodeID(2), configuration: FolderConfiguration(members: members))
        replica.beginRecovery()
        let (file, now) = (path("file"), MonotonicInstant.zero)
        replica.connected(Self.peer, now: now)
        replica.received(.records([Self.news(file)]), from: Self.peer, now: now)
        #expect(Self.jobs(&replica).isEmpty)

        let old = FileMetadata(kind: .file, size: 1, modified: 10, mode: 0o640)
        replica.beginScan()
        replica.listed(.root, [(file.name, old, nil)], now: now)
        replica.endScan(now: now)
        let looks = Self.jobs(&replica)
        #expect(looks.count == 1)
        guard let (id, job) = looks.first, case .inspect(file, _) = job else {
            Issue.record("it is not looked at")
            return
        }
        replica.finished(id, .observed(FileObservation(metadata: old, hash: testHash([1]))), now: now)
        #expect(!replica.isRecovering)
        #expect(replica.index[file].record.winner?.dot.node == Self.peer)
        #expect(replica.index[file].held?.hash == testHash([1]))
        #expect(!replica.popActions().isEmpty)
    }

    /// A root that goes while everything is looked at: the scan after it is a whole one, and what is gone is told.
    @Test func aRootThatGoesInAScanLeavesNothingOfItBehind() throws {
        let members = [Self.peer: "a", NodeID(2): "b"]
        var replica = try FolderReplica(own: NodeID(2), configuration: FolderConfiguration(members: members))
        let (file, now) = (path("file"), MonotonicInstant.zero)
        let metadata = FileMetadata(kind: .file, size: 1, modified: 10, mode: 0o640)
        replica.observed([(file, FileObservation(metadata: metadata, hash: testHash([1])))], now: now)
        replica.beginScan()
        replica.rootVanished()
        replica.rootReturned(now: now)
        #expect(!replica.isScanning)
        _ = replica.popActions()
        replica.beginScan()
        replica.listed(.root, [], now: now)
        replica.endScan(now: now)
        let id = try #require(Self.jobs(&replica).first?.0)
        replica.finished(id, .observed(nil), now: now)
        #expect(!replica.isScanning)
        #expect(replica.index[file].record.isTombstone)
    }

    private static func news(_ path: TreePath) -> ReplicaMessage.RecordNews {
        var record = FileRecord()
        let version = FileVersion(
            dot: Dot(node: peer, counter: 1),
            metadata: FileMetadata(kind: .file, size: 2, modified: 20, mode: 0o640),
            hash: testHash([7, 7]),
            owner: peer
        )
        record.change(to: version, replacing: nil)
        return ReplicaMessage.RecordNews(path: path, record: record, isHeld: true, source: nil)
    }

    private static func jobs(_ replica: inout FolderReplica) -> [(JobID, ReplicaJob)] {
        replica.popActions().compactMap { if case .perform(let id, let job) = $0 { (id, job) } else { nil } }
    }
}
