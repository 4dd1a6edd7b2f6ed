import Testing

@testable import FileReplication

/// What is sent can be read, and what nobody sends is refused.
struct MessageTests {
    static let node = NodeID(0x0102_0304_0506_0708)

    static var version: FileVersion {
        let metadata = FileMetadata(
            kind: .file,
            size: 4242,
            modified: -1,
            mode: 0o640,
            owner: "tandem",
            group: "voice",
            attributes: [ExtendedAttribute(name: Array("user.origin".utf8), value: [0, 1])],
            access: [AccessEntry(.user, name: "backup", permissions: 4)],
            defaultAccess: [AccessEntry(.other, permissions: 0)]
        )
        return FileVersion(
            dot: Dot(node: node, counter: 300),
            metadata: metadata,
            hash: testHash([1, 2, 3]),
            owner: NodeID(9),
            link: path("other name")
        )
    }

    static var record: FileRecord {
        var record = FileRecord()
        record.change(to: version, replacing: nil)
        var deletion = version
        (deletion.dot, deletion.isDeleted, deletion.hash, deletion.link) = (
            Dot(node: NodeID(7), counter: 1), true, nil, nil
        )
        record.change(to: deletion, replacing: nil)
        return record
    }

    static var growing: FileRecord {
        var version = FileVersion(
            dot: Dot(node: node, counter: 1),
            metadata: FileMetadata(kind: .file, size: 10, modified: 5),
            owner: node
        )
        version.growth = FileVersion.Growth(beginning: version.dot, base: 3)
        var record = FileRecord()
        record.change(to: version, replacing: nil)
        return record
    }

    static var link: FileRecord {
        let metadata = FileMetadata(kind: .symbolicLink, mode: 0o777, target: Array("../elsewhere".utf8))
        var record = FileRecord()
        record.change(
            to: FileVersion(dot: Dot(node: node, counter: 2), metadata: metadata, owner: node),
            replacing: nil
        )
        return record
    }

    static var messages: [ReplicaMessage] {
        var vector = VersionVector(Dot(node: node, counter: 5))
        vector.insert(Dot(node: NodeID(1), counter: Dot.maximumCounter))
        let digest = EntryDigest(high: 1, low: .max)
        let place = ReplicaMessage.BucketPlace(directory: path("a/b"), bits: 4, bucket: 15)
        let question = ReplicaMessage.ContentQuestion(
            id: 77,
            path: path("a\nb"),
            hash: testHash([]),
            offset: 1 << 40,
            length: 65_536
        )
        let dot = Dot(node: node, counter: 1)
        return [
            .digest(ReplicaMessage.DigestReport(root: digest, known: vector, stable: VersionVector())),
            .list(.root, after: []), .list(path("a"), after: [0xFF, 0xFE]),
            .listing(
                ReplicaMessage.DirectoryListing(
                    directory: path("a"),
                    summary: FileIndex.Summary(bits: 1, buckets: [digest, .zero]),
                    after: [],
                    children: [ReplicaMessage.DirectoryListing.Child(name: [0x62], digest: digest)],
                    isLast: true
                )
            ),
            .listBucket(place), .bucketDone(place),
            .records([
                ReplicaMessage.RecordNews(path: path("a"), record: record, isHeld: true, source: path("b")),
                ReplicaMessage.RecordNews(path: path("g"), record: growing, isHeld: false, source: nil),
                ReplicaMessage.RecordNews(path: path("l"), record: link, isHeld: true, source: nil),
            ]),
            .listChunks(question), .request([question]),
            .chunks(
                id: 3,
                [
                    ContentChunk(offset: 0, length: 5, hash: testHash([1])),
                    ContentChunk(offset: 5, length: 1 << 20, hash: testHash([2])),
                ],
                isLast: true
            ),
            .data([
                ReplicaMessage.ContentPiece(id: 1, bytes: [1, 2, 3]), ReplicaMessage.ContentPiece(id: 2, bytes: []),
            ]),
            .refused([1, .max]),
            .follow(ReplicaMessage.Follow(path: path("g"), dot: dot, offset: 3, limit: 9)),
            .growth(ReplicaMessage.Appended(path: path("g"), dot: dot, offset: 3, bytes: [9, 9])),
        ]
    }

    @Test func roundTrips() throws {
        for message in Self.messages {
            #expect(try ReplicaMessage(decoding: message.encoded) == message)
        }
    }

    /// Every beginning of a message is refused, and so is one with something behind it.
    @Test func lengths() {
        for message in Self.messages {
            let bytes = message.encoded
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) { try ReplicaMessage(decoding: Array(bytes.prefix(length))) }
            }
            #expect(throws: WireError.tooLong) { try ReplicaMessage(decoding: bytes + [0]) }
        }
    }

    /// Whatever one byte is changed to, nothing traps, and what can be read is printed as it was.
    @Test func damage() {
        for message in Self.messages {
            let bytes = message.encoded
            for place in bytes.indices {
                for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var damaged = bytes
                    damaged[place] = value
                    guard let read = try? ReplicaMessage(decoding: damaged) else { continue }
                    #expect(read.encoded == damaged)
                }
            }
        }
    }

    struct Refused: Sendable {
        var what: String
        var bytes: [UInt8]
        var error: WireError
    }

    static let refused = [
        Refused(what: "another version", bytes: [2, 1], error: .unknownVersion),
        Refused(what: "no message", bytes: [1, 99], error: .unknownMessage),
        Refused(what: "a path that leads out", bytes: [1, 2, 5] + Array("../ab".utf8) + [0], error: .wrongPath),
        Refused(what: "an absolute path", bytes: [1, 2, 2] + Array("/a".utf8) + [0], error: .wrongPath),
        Refused(what: "a zero in a name", bytes: [1, 2, 3, 0x61, 0, 0x62, 0], error: .wrongPath),
        Refused(what: "a name of two", bytes: [1, 2, 0, 3] + Array("a/b".utf8), error: .wrongPath),
        Refused(what: "a number with a useless byte", bytes: [1, 11, 1, 0x80, 0], error: .wrongNumber),
        Refused(
            what: "a number of 65 bits",
            bytes: [1, 11, 1] + Array(repeating: 0xFF, count: 9) + [2],
            error: .wrongNumber
        ),
        Refused(what: "more elements than there can be", bytes: [1, 11, 0xFF, 0xFF, 0x7F], error: .tooMany),
        Refused(what: "more elements than bytes", bytes: [1, 11, 100, 1], error: .tooShort),
        Refused(what: "a length beyond the end", bytes: [1, 2, 0xFF, 0x1F, 0x61], error: .tooShort),
        Refused(what: "too many buckets", bytes: [1, 3, 0, 15], error: .wrongNumber),
        Refused(what: "fewer buckets than said", bytes: [1, 3, 0, 14, 0], error: .tooShort),
        Refused(what: "a bucket that there is not", bytes: [1, 4, 0, 1, 2], error: .wrongNumber),
    ]

    @Test(arguments: refused) func refusals(refused: Refused) {
        #expect(throws: refused.error, "\(refused.what)") { try ReplicaMessage(decoding: refused.bytes) }
    }
}

/// Stored entries are printed and read as they were.
struct EntryTests {
    @Test func roundTrips() throws {
        var entry = IndexEntry()
        entry.record = MessageTests.record
        #expect(try IndexEntry(decoding: entry.encoded) == entry)
        entry.held = entry.record.winner
        entry.identity = FileIdentity(device: 1 << 40, inode: .max)
        #expect(try IndexEntry(decoding: entry.encoded) == entry)
        entry.held?.dot.counter = 1
        #expect(try IndexEntry(decoding: entry.encoded) == entry)
        entry.record = FileRecord()
        #expect(try IndexEntry(decoding: entry.encoded) == entry)
    }
}
