import Base
import Testing

@testable import FileReplication

/// Files that somebody writes to while they are looked at.
struct InspectionTests {
    private static let own = NodeID(2)
    private static let peer = NodeID(1)
    private static let now = MonotonicInstant.zero

    private static func replica() throws -> FolderReplica {
        try FolderReplica(own: own, configuration: FolderConfiguration(members: [own: "b"]))
    }

    /// A replica that is connected to a peer, and has a file.
    private static func replica(with what: FileObservation) throws -> FolderReplica {
        let configuration = FolderConfiguration(members: [own: "b", peer: "a"])
        var replica = try FolderReplica(own: own, configuration: configuration)
        replica.connected(peer, now: now)
        replica.observed([(path("file"), what)], now: now)
        return replica
    }

    private static func file(_ content: [UInt8], at time: Int64) -> FileObservation {
        FileObservation(
            metadata: FileMetadata(kind: .file, size: UInt64(content.count), modified: time),
            hash: testHash(content),
            identity: FileIdentity(device: 1, inode: 1)
        )
    }

    private static func looks(_ replica: inout FolderReplica) -> [JobID] {
        replica.popActions().compactMap { action in
            if case .perform(let id, .inspect(path("file"), _)) = action { id } else { nil }
        }
    }

    /// What was seen may be from before the change that the system tells of meanwhile.
    @Test func aChangeMeanwhileIsLookedAtBehindIt() throws {
        var replica = try Self.replica()
        replica.touched([path("file")], now: Self.now)
        let first = Self.looks(&replica)
        replica.touched([path("file")], now: Self.now)
        replica.touched([path("file")], now: Self.now)
        // One at a time, and one for all that was told meanwhile.
        #expect(Self.looks(&replica).isEmpty)
        replica.finished(try #require(first.first), .observed(Self.file([1], at: 5)), now: Self.now)
        #expect(replica.index[path("file")].held?.hash == testHash([1]))
        #expect(!replica.isIdle)
        let second = Self.looks(&replica)
        #expect(second.count == 1)
        replica.finished(try #require(second.first), .observed(Self.file([1, 2], at: 6)), now: Self.now)
        #expect(replica.index[path("file")].held?.hash == testHash([1, 2]))
        #expect(Self.looks(&replica).isEmpty)
    }

    /// A scan that was told of it waits for the second look, but not for what is told later.
    @Test func aScanEndsBehindTheLastLookThatItWanted() throws {
        var replica = try Self.replica()
        replica.touched([path("file")], now: Self.now)
        let first = Self.looks(&replica)
        replica.beginScan()
        replica.touched([path("file")], now: Self.now)
        replica.endScan(now: Self.now)
        replica.finished(try #require(first.first), .observed(Self.file([1], at: 5)), now: Self.now)
        #expect(replica.isScanning)
        let second = Self.looks(&replica)
        replica.touched([path("file")], now: Self.now)
        replica.finished(try #require(second.first), .observed(Self.file([2], at: 6)), now: Self.now)
        #expect(!replica.isScanning)
        #expect(Self.looks(&replica).count == 1)
    }

    /// Whoever could not look at it does so again by and by, and the scan does not wait.
    @Test func aLookThatFailsIsNotRepeatedAtOnce() throws {
        var replica = try Self.replica()
        replica.beginScan()
        replica.touched([path("file")], now: Self.now)
        replica.endScan(now: Self.now)
        replica.touched([path("file")], now: Self.now)
        let looks = Self.looks(&replica)
        #expect(replica.isScanning)
        replica.finished(try #require(looks.first), .failed(.changed), now: Self.now)
        #expect(!replica.isScanning)
        #expect(Self.looks(&replica).isEmpty)
    }

    /// A file was made at once where one was that has another name now.
    @Test func aNewFileInPlaceOfARenamedOneStays() throws {
        var replica = try Self.replica()
        let what = Self.file([1], at: 5)
        var fresh = Self.file([2], at: 6)
        fresh.identity = FileIdentity(device: 1, inode: 2)
        replica.observed([(path("file"), what)], now: Self.now)
        replica.observed([(path("file"), fresh)], now: Self.now)
        replica.moved(path("file"), to: path("other"), what: what, now: Self.now)
        #expect(replica.index[path("file")].held?.hash == testHash([2]))
        #expect(replica.index[path("other")].held?.hash == testHash([1]))
        #expect(Self.looks(&replica).count == 1)
    }

    /// A directory with a file in it has come while it was seen that there was none.
    @Test func whatIsInADirectoryThatIsMadeMeanwhileStays() throws {
        var replica = try Self.replica()
        replica.touched([path("file")], now: Self.now)
        let first = Self.looks(&replica)
        replica.touched([path("file")], now: Self.now)
        replica.observed([(path("file/x"), Self.file([1], at: 5))], now: Self.now)
        replica.finished(try #require(first.first), .observed(nil), now: Self.now)
        #expect(replica.index[path("file/x")].held != nil)
        #expect(Self.looks(&replica).count == 1)
    }

    /// What a look saw before a file was renamed is not taken for a file that came back.
    @Test func whatIsKnownBetterSinceCounts() throws {
        var replica = try Self.replica()
        let what = Self.file([1], at: 5)
        replica.observed([(path("file"), what)], now: Self.now)
        replica.touched([path("file")], now: Self.now)
        let first = Self.looks(&replica)
        replica.moved(path("file"), to: path("other"), what: what, now: Self.now)
        replica.finished(try #require(first.first), .observed(what), now: Self.now)
        #expect(replica.index[path("file")].held == nil)
        let second = Self.looks(&replica)
        replica.finished(try #require(second.first), .observed(nil), now: Self.now)
        #expect(replica.index[path("file")].held == nil)
        #expect(replica.index[path("other")].held?.hash == testHash([1]))
        #expect(replica.index.liveCount == 1)
    }

    /// Somebody makes a file where another was that has just got another name.
    @Test func aNewFileWhereOneIsTakenFromIsKnown() throws {
        let what = Self.file([1, 2, 3], at: 5)
        var replica = try Self.replica(with: what)
        let held = try #require(replica.index[path("file")].held)
        var (removed, made) = (FileRecord(), FileRecord())
        var (tombstone, version) = (held, held)
        (tombstone.dot, tombstone.isDeleted) = (Dot(node: Self.peer, counter: 1), true)
        version.dot = Dot(node: Self.peer, counter: 2)
        removed.change(to: held, replacing: nil)
        removed.change(to: tombstone, replacing: held.dot)
        made.change(to: version, replacing: nil)
        let news = [(path("file"), removed), (path("other"), made)].map {
            ReplicaMessage.RecordNews(path: $0.0, record: $0.1, isHeld: true, source: nil)
        }
        replica.received(.records(news), from: Self.peer, now: Self.now)
        let moves = replica.popActions().compactMap { action in
            if case .perform(let id, .move(path("file"), _, path("other"), _, _, _)) = action { id } else { nil }
        }
        let fresh = Self.file([4], at: 6)
        replica.grew(path("file"), metadata: fresh.metadata, identity: fresh.identity, now: Self.now)
        replica.finished(try #require(moves.first), .done(what.identity), now: Self.now)
        let looks = Self.looks(&replica)
        replica.finished(try #require(looks.first), .observed(fresh), now: Self.now)
        #expect(replica.index[path("file")].held?.hash == testHash([4]))
        #expect(replica.index[path("file")].isSettled)
        #expect(replica.index[path("other")].held?.hash == testHash([1, 2, 3]))
    }

    /// Of a file that changed after others were told of it nobody gets bytes that have another hash.
    @Test func whatIsReadForAPeerIsWhatIsKnown() throws {
        let what = Self.file([1, 2, 3], at: 5)
        var replica = try Self.replica(with: what)
        _ = replica.popActions()
        let question = ReplicaMessage.ContentQuestion(
            id: 7,
            path: path("file"),
            hash: testHash([1, 2, 3]),
            offset: 0,
            length: 3
        )
        replica.received(.request([question]), from: Self.peer, now: Self.now)
        let reads = replica.popActions().compactMap { action in
            if case .perform(let id, .read(_, _, _, let known)) = action { (id: id, expected: known) } else { nil }
        }
        let read = try #require(reads.first)
        #expect(read.expected == .version(what.metadata, what.identity))
        replica.finished(read.id, .failed(.changed), now: Self.now)
        let actions = replica.popActions()
        #expect(
            actions.contains {
                if case .send(Self.peer, .refused(let ids)) = $0 { ids == [7] } else { false }
            }
        )
        #expect(
            actions.contains {
                if case .perform(_, .inspect(let looked, _)) = $0 { looked == path("file") } else { false }
            }
        )
    }
}
