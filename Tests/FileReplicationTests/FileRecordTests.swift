import Testing

@testable import FileReplication

/// What nodes make of changes that did not know of each other.
struct FileRecordTests {
    private static func version(_ node: UInt64, _ counter: UInt64, isDeleted: Bool = false) -> FileVersion {
        FileVersion(
            dot: Dot(node: NodeID(node), counter: counter),
            isDeleted: isDeleted,
            metadata: FileMetadata(kind: .file, size: counter),
            hash: testHash([UInt8(node), UInt8(counter)]),
            owner: NodeID(node)
        )
    }

    /// Who does not know that a version was put elsewhere still wants it: a deletion that is left is not known to all then.
    @Test func aSettledVersionIsAChangeThatAllHaveToKnow() {
        var record = FileRecord()
        record.change(to: Self.version(4, 9), replacing: nil)
        var other = FileRecord()
        other.change(to: Self.version(3, 43, isDeleted: true), replacing: nil)
        record.merge(other)
        var prevailing = Self.version(1, 4)
        prevailing.precedence = 9
        var settled = record
        settled.add(prevailing)
        settled.settle(Self.version(4, 9).dot, by: Dot(node: NodeID(4), counter: 10))
        #expect(settled.version(Self.version(4, 9).dot) == nil)
        // What the node that has not heard of it knows is not enough.
        var known = record.context
        known.merge(VersionVector(prevailing.dot))
        #expect(!known.contains(settled.context))
        record.merge(settled)
        #expect(record == settled)
    }

    @Test func whatPrevailsIsNotPutElsewhere() {
        var record = FileRecord()
        record.change(to: Self.version(4, 9), replacing: nil)
        let before = record
        record.settle(Self.version(4, 9).dot, by: Dot(node: NodeID(4), counter: 10))
        #expect(record == before)
    }
}
