import Base
import Testing

@testable import FileReplication

/// Files that this node had, and that are not there any more, though nobody said so.
struct VanishedFileTests {
    private static let own = NodeID(2)
    private static let peer = NodeID(1)
    private static let now = MonotonicInstant.zero

    private static func replica() throws -> FolderReplica {
        try FolderReplica(own: own, configuration: FolderConfiguration(members: [own: "b", peer: "a"]))
    }

    private static func file(_ inode: UInt64) -> FileObservation {
        FileObservation(
            metadata: FileMetadata(kind: .file, size: 3, modified: 5),
            hash: testHash([1, 2, 3]),
            identity: FileIdentity(device: 1, inode: inode)
        )
    }

    private static func directory(_ inode: UInt64) -> FileObservation {
        FileObservation(
            metadata: FileMetadata(kind: .directory, mode: 0o755),
            identity: FileIdentity(device: 1, inode: inode)
        )
    }

    private static func jobs(_ replica: inout FolderReplica) -> [(id: JobID, job: ReplicaJob)] {
        replica.popActions().compactMap { if case .perform(let id, let job) = $0 { (id: id, job: job) } else { nil } }
    }

    private static func isLook(_ job: ReplicaJob, at path: TreePath) -> Bool {
        if case .inspect(path, _) = job { true } else { false }
    }

    /// A path is looked at now, and this is there.
    private static func look(_ replica: inout FolderReplica, at path: TreePath, sees what: FileObservation?) throws {
        let look = jobs(&replica).first { isLook($0.job, at: path) }
        replica.finished(try #require(look?.id), .observed(what), now: now)
    }

    private static func hear(_ replica: inout FolderReplica, _ path: TreePath, _ version: FileVersion) {
        var record = FileRecord()
        record.change(to: version, replacing: nil)
        let news = ReplicaMessage.RecordNews(path: path, record: record, isHeld: true, source: nil)
        replica.received(.records([news]), from: peer, now: now)
    }

    /// It was renamed away before anybody had seen it, and is made because others have it.
    @Test func whatWasInADirectoryThatIsMadeIsLookedAt() throws {
        var replica = try Self.replica()
        replica.connected(Self.peer, now: Self.now)
        replica.observed([(path("d/x"), Self.file(1))], now: Self.now)
        let metadata = FileMetadata(kind: .directory, mode: 0o755)
        let version = FileVersion(dot: Dot(node: Self.peer, counter: 1), metadata: metadata, owner: Self.peer)
        Self.hear(&replica, path("d"), version)
        let made = Self.jobs(&replica).first { if case .makeDirectory = $0.job { true } else { false } }
        replica.finished(try #require(made?.id), .done(FileIdentity(device: 1, inode: 2)), now: Self.now)
        try Self.look(&replica, at: path("d/x"), sees: nil)
        #expect(replica.index[path("d")].isSettled)
        #expect(replica.index[path("d/x")].held == nil)
        #expect(replica.index[path("d/x")].record.isTombstone)
    }

    @Test func whatWasInAnotherDirectoryOfTheSameNameIsLookedAt() throws {
        var replica = try Self.replica()
        replica.observed([(path("d"), Self.directory(1)), (path("d/x"), Self.file(2))], now: Self.now)
        replica.touched([path("d")], now: Self.now)
        try Self.look(&replica, at: path("d"), sees: Self.directory(1))
        let looks = Self.jobs(&replica).filter { Self.isLook($0.job, at: path("d/x")) }
        #expect(looks.isEmpty)
        replica.touched([path("d")], now: Self.now)
        try Self.look(&replica, at: path("d"), sees: Self.directory(3))
        try Self.look(&replica, at: path("d/x"), sees: nil)
        #expect(replica.index[path("d")].held != nil)
        #expect(replica.index[path("d/x")].record.isTombstone)
    }

    /// A replica that has a file, which a scan does not find.
    private static func scanning() throws -> FolderReplica {
        var replica = try Self.replica()
        replica.connected(peer, now: now)
        replica.observed([(path("x"), file(1))], now: now)
        replica.beginScan()
        replica.listed(.root, [], now: now)
        try look(&replica, at: path("x"), sees: nil)
        return replica
    }

    @Test func whatIsBackBeforeTheScanEndsWasNotDeleted() throws {
        var replica = try Self.scanning()
        let before = replica.index[path("x")]
        replica.touched([path("x")], now: Self.now)
        try Self.look(&replica, at: path("x"), sees: Self.file(1))
        replica.endScan(now: Self.now)
        #expect(!replica.isScanning)
        #expect(replica.index[path("x")] == before)
    }

    /// A peer has made the same version of it, so that it counts as held without anything being done.
    @Test func whatIsTheSameAsAPeersIsMissedAllTheSame() throws {
        var replica = try Self.scanning()
        let what = Self.file(1)
        let dot = Dot(node: Self.peer, counter: 1)
        var version = FileVersion(dot: dot, metadata: what.metadata, hash: what.hash, owner: Self.peer)
        version.precedence = 100
        Self.hear(&replica, path("x"), version)
        #expect(replica.index[path("x")].held?.dot == dot)
        replica.endScan(now: Self.now)
        try Self.look(&replica, at: path("x"), sees: nil)
        #expect(replica.index[path("x")].held == nil)
        #expect(replica.index[path("x")].record.isTombstone)
    }
}
