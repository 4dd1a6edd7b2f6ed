import Base
import Testing

@testable import FileReplication

/// Files whose directories become known after them.
struct DirectoryOrderTests {
    private static let peer = NodeID(1)

    private static func news(_ path: TreePath, _ kind: FileKind, _ counter: UInt64) -> ReplicaMessage.RecordNews {
        var record = FileRecord()
        let version = FileVersion(
            dot: Dot(node: peer, counter: counter),
            metadata: FileMetadata(kind: kind, mode: kind == .file ? 0o640 : 0o755),
            hash: kind == .file ? testHash([]) : nil,
            owner: peer
        )
        record.change(to: version, replacing: nil)
        return ReplicaMessage.RecordNews(path: path, record: record, isHeld: true, source: nil)
    }

    /// The directory is made at once, though more files wait for it than may wait; and its files as soon as it is there.
    @Test func moreFilesThanMayWait() throws {
        let members = [Self.peer: "a", NodeID(2): "b"]
        var replica = try FolderReplica(own: NodeID(2), configuration: FolderConfiguration(members: members))
        let now = MonotonicInstant.zero
        replica.connected(Self.peer, now: now)
        let files = FolderReplica.maximumNeeds + 2000
        for start in stride(from: 0, to: files, by: ReplicaMessage.RecordNews.maximumCount) {
            let news = (start..<start + ReplicaMessage.RecordNews.maximumCount).map { number in
                Self.news(path("new/\(number)"), .file, UInt64(number + 1))
            }
            replica.received(.records(news), from: Self.peer, now: now)
        }
        replica.received(
            .records([Self.news(path("new"), .directory, UInt64(files + 1))]),
            from: Self.peer,
            now: now
        )
        let id = try #require(Self.jobs(&replica).first { Self.isMaking($0.1, path("new")) }?.0)
        replica.finished(id, .done(FileIdentity(device: 1, inode: 2)), now: now)
        let places = Self.jobs(&replica).count { if case .place = $0.1 { true } else { false } }
        #expect(places > 0)
    }

    private static func jobs(_ replica: inout FolderReplica) -> [(JobID, ReplicaJob)] {
        replica.popActions().compactMap { if case .perform(let id, let job) = $0 { (id, job) } else { nil } }
    }

    private static func isMaking(_ job: ReplicaJob, _ directory: TreePath) -> Bool {
        if case .makeDirectory(directory, _, expecting: _) = job { true } else { false }
    }
}
