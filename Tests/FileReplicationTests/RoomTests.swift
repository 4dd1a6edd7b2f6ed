import Base
import Testing

@testable import FileReplication

/// What a peer tells takes no more memory than it may.
struct RoomTests {
    private static let (peer, own) = (NodeID(1), NodeID(2))
    private static let room = 200_000
    /// With names of so many bytes a path of 4000 has many directories on its way.
    private static let name = String(repeating: "n", count: 60)

    private static func replica() throws -> FolderReplica {
        var configuration = FolderConfiguration(members: [peer: "a", own: "b"])
        configuration.maximumBytes = room
        var replica = try FolderReplica(own: own, configuration: configuration)
        replica.connected(peer, now: .zero)
        return replica
    }

    private static func news(
        _ file: String,
        counter: UInt64,
        isDeleted: Bool = false,
        attribute: Int = 0
    ) -> ReplicaMessage.RecordNews {
        var metadata = FileMetadata(kind: .directory, mode: 0o755)
        if attribute > 0 {
            let value = [UInt8](repeating: 1, count: attribute)
            metadata.attributes = [ExtendedAttribute(name: Array("user.a".utf8), value: value)]
        }
        let version = FileVersion(
            dot: Dot(node: peer, counter: counter),
            isDeleted: isDeleted,
            metadata: metadata,
            owner: peer
        )
        var record = FileRecord()
        record.change(to: version, replacing: nil)
        return ReplicaMessage.RecordNews(path: path(file), record: record, isHeld: true, source: nil)
    }

    private static func told(_ replica: inout FolderReplica) -> Int {
        replica.popActions().count { action in
            if case .tell(.misbehaved(peer, .tooManyFiles)) = action { true } else { false }
        }
    }

    /// Few long paths fill the room as many short ones do: what is in one directory, and what has directories of its own.
    @Test(arguments: [true, false]) func longPaths(areTogether: Bool) throws {
        var replica = try Self.replica()
        let directory = (0..<60).map { _ in Self.name }.joined(separator: "/")
        for number in 1...200 {
            let file = areTogether ? "\(directory)/\(number)" : "\(number)/\(directory)"
            replica.received(.records([Self.news(file, counter: UInt64(number))]), from: Self.peer, now: .zero)
        }
        // One more path, with all that is on its way.
        #expect(replica.index.byteCount < Self.room + 150_000)
        #expect(replica.index.count < 60)
        #expect(replica.index.count > 0)
        #expect(Self.told(&replica) == 200 - replica.index.count)
    }

    /// When there is no room for more files, those that are known go on to change; not so that they take much more.
    @Test func whatIsKnownGoesOn() throws {
        var replica = try Self.replica()
        var number: UInt64 = 0
        while replica.index.byteCount < Self.room {
            number += 1
            let news = Self.news("directory \(number)", counter: number, attribute: 1000)
            replica.received(.records([news]), from: Self.peer, now: .zero)
        }
        let known = replica.index.count
        #expect(Self.told(&replica) == 0)
        let change = Self.news("directory 1", counter: number + 1, isDeleted: true, attribute: 1000)
        replica.received(.records([change]), from: Self.peer, now: .zero)
        #expect(replica.index[path("directory 1")].record.isTombstone)
        for file in 2...known {
            number += 2
            let news = Self.news("directory \(file)", counter: number, attribute: 60_000)
            replica.received(.records([news]), from: Self.peer, now: .zero)
        }
        #expect(replica.index.count == known)
        #expect(Self.told(&replica) > 0)
        #expect(replica.index.byteCount < Self.room / 8 * 9 + 61_000)
    }

    /// Questions of a comparison wait as far as there is room for them; the next comparison asks the others.
    @Test func questionsOfAComparison() throws {
        var waiting = ReplicaPeer()
        waiting.beginComparison()
        let directory = path((0..<60).map { _ in Self.name }.joined(separator: "/"))
        for _ in 0..<20_000 { waiting.compareLater(.list(directory, after: [])) }
        #expect(waiting.toCompare.count < ReplicaPeer.maximumToCompareBytes / 3000)
        var count = 0
        while waiting.nextComparison() != nil { count += 1 }
        #expect(count > 8000)
        #expect(!waiting.isComparing)
        waiting.compareLater(.list(directory, after: []))
        #expect(waiting.isComparing)
    }
}
