import Base
import Testing

@testable import FileReplication

/// A second name of a file has the metadata of the first one: it is not made while these become others, nor do they while
/// it is made.
struct SecondNameTests {
    private static let (peer, own) = (NodeID(1), NodeID(2))
    private static let (first, second) = (path("one"), path("two"))
    private static let hash = testHash([1])
    private let start = MonotonicInstant.zero

    private static func metadata(time: Int64) -> FileMetadata {
        var metadata = FileMetadata(kind: .file, mode: 0o640)
        (metadata.size, metadata.modified) = (1, time)
        return metadata
    }

    /// A node that has the file, connected to one that has it too.
    private func replica() throws -> FolderReplica {
        let configuration = FolderConfiguration(members: [Self.peer: "a", Self.own: "b"])
        var replica = try FolderReplica(own: Self.own, configuration: configuration)
        replica.connected(Self.peer, now: start)
        let what = FileObservation(
            metadata: Self.metadata(time: 1),
            hash: Self.hash,
            identity: FileIdentity(device: 1, inode: 1)
        )
        replica.observed([(Self.first, what)], now: start)
        _ = jobs(&replica)
        return replica
    }

    /// The peer tells of a version that it made after the one that is here.
    private func hear(
        _ path: TreePath,
        time: Int64,
        link: TreePath?,
        _ counter: UInt64,
        _ replica: inout FolderReplica
    ) {
        var record = replica.index[path].record
        let version = FileVersion(
            dot: Dot(node: Self.peer, counter: counter),
            metadata: Self.metadata(time: time),
            hash: Self.hash,
            owner: Self.peer,
            link: link
        )
        record.change(to: version, replacing: replica.index[path].held?.dot)
        let news = ReplicaMessage.RecordNews(path: path, record: record, isHeld: true, source: nil)
        replica.received(.records([news]), from: Self.peer, now: start)
    }

    private func jobs(_ replica: inout FolderReplica) -> [(id: JobID, job: ReplicaJob)] {
        var jobs: [(id: JobID, job: ReplicaJob)] = []
        for action in replica.popActions() {
            switch action {
            case .perform(let id, let job): jobs.append((id, job))
            case .store(let id, _, _): replica.stored(id, now: start)
            default: break
            }
        }
        return jobs
    }

    private static func isLinking(_ job: ReplicaJob) -> Bool { if case .link = job { true } else { false } }
    private static func isCopying(_ job: ReplicaJob) -> Bool { if case .copy = job { true } else { false } }
    private static func isChanging(_ job: ReplicaJob) -> Bool { if case .setMetadata = job { true } else { false } }

    @Test func metadataWaitForTheName() throws {
        var replica = try replica()
        hear(Self.second, time: 1, link: Self.first, 1, &replica)
        let linking = try #require(jobs(&replica).first { Self.isLinking($0.job) })
        hear(Self.first, time: 2, link: nil, 2, &replica)
        #expect(!jobs(&replica).contains { Self.isChanging($0.job) })
        replica.finished(linking.id, .done(FileIdentity(device: 1, inode: 1)), now: start)
        replica.tick(now: start + .seconds(1))
        #expect(jobs(&replica).contains { Self.isChanging($0.job) })
    }

    @Test func theNameWaitsForMetadata() throws {
        var replica = try replica()
        hear(Self.first, time: 2, link: nil, 1, &replica)
        let changing = try #require(jobs(&replica).first { Self.isChanging($0.job) })
        hear(Self.second, time: 2, link: Self.first, 2, &replica)
        #expect(jobs(&replica).isEmpty)
        replica.finished(changing.id, .done(FileIdentity(device: 1, inode: 1)), now: start)
        replica.tick(now: start + .seconds(1))
        #expect(jobs(&replica).contains { Self.isLinking($0.job) })
    }

    @Test func whatHasOtherMetadataIsCopied() throws {
        var replica = try replica()
        hear(Self.second, time: 2, link: Self.first, 1, &replica)
        let jobs = jobs(&replica)
        #expect(jobs.contains { Self.isCopying($0.job) })
        #expect(!jobs.contains { Self.isLinking($0.job) })
    }
}
