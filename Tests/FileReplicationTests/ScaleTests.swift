import Base
import Testing

@testable import FileReplication

/// Many files: what they cost when nothing happens.
struct ScaleTests {
    #if DEBUG
    static let files = 10_000
    #else
    static let files = 100_000
    #endif

    /// A node that has had all these files for long.
    private static func replica(_ own: NodeID, files: Int, changed: Int? = nil) throws -> FolderReplica {
        let members = [NodeID(1): "a", NodeID(2): "b"]
        var replica = try FolderReplica(own: own, configuration: FolderConfiguration(members: members))
        for number in 0..<files {
            let file = path("recordings/\(number % 365)/extension-\(number % 1000)-\(number).wav")
            let metadata = FileMetadata(
                kind: .file,
                size: 480_044,
                modified: 1_700_000_000_000_000_000 + Int64(number),
                mode: 0o640,
                owner: "tandem",
                group: "tandem"
            )
            var entry = IndexEntry()
            let counter = UInt64(number + 1) + (changed == number ? UInt64(files) : 0)
            let version = FileVersion(
                dot: Dot(node: NodeID(1), counter: counter),
                metadata: metadata,
                hash: testHash([UInt8(number & 255)]),
                owner: NodeID(1)
            )
            entry.record.change(to: version, replacing: nil)
            entry.held = version
            entry.identity = FileIdentity(device: 2049, inode: UInt64(1_000_000 + number))
            try replica.load(file, entry: entry.encoded)
        }
        return replica
    }

    /// Has two nodes talk until they are silent; how many bytes it took.
    private static func talk(_ one: inout FolderReplica, _ other: inout FolderReplica) throws -> Int {
        var bytes = 0
        var now = MonotonicInstant.zero
        one.connected(other.own, now: now)
        other.connected(one.own, now: now)
        for _ in 0..<40 {
            bytes += try deliver(&one, to: &other, now: now) + deliver(&other, to: &one, now: now)
            now = now + .milliseconds(100)
            one.tick(now: now)
            other.tick(now: now)
        }
        return bytes
    }

    private static func deliver(
        _ from: inout FolderReplica,
        to other: inout FolderReplica,
        now: MonotonicInstant
    ) throws -> Int {
        var bytes = 0
        for action in from.popActions() {
            switch action {
            case .send(_, let message):
                let encoded = message.encoded
                bytes += encoded.count
                other.received(try ReplicaMessage(decoding: encoded), from: from.own, now: now)
            case .store(let id, _, _): from.stored(id, now: now)
            case .perform, .tell: break
            }
        }
        return bytes
    }

    @Test func idle() throws {
        var one = try Self.replica(NodeID(1), files: Self.files)
        var other = try Self.replica(NodeID(2), files: Self.files)
        #expect(one.index.count == Self.files)
        #expect(one.isIdle)
        let bytes = try Self.talk(&one, &other)
        #expect(bytes > 0)
        #expect(bytes <= 2048)
    }

    @Test func oneDiffers() throws {
        var one = try Self.replica(NodeID(1), files: Self.files, changed: 7_777)
        var other = try Self.replica(NodeID(2), files: Self.files)
        #expect(one.index.digest != other.index.digest)
        let bytes = try Self.talk(&one, &other)
        #expect(one.index.digest == other.index.digest)
        // The 365 directories of a level, the 32 buckets of one of them, and the records of a bucket; twice.
        #expect(bytes < 40_000)
    }

    @Test func memory() throws {
        let replica = try Self.replica(NodeID(1), files: Self.files)
        #expect(replica.index.capacity / Self.files < 200)
    }
}

/// The packed entries behave like a dictionary.
struct EntryPagesTests {
    @Test(arguments: 1...8) func behavesLikeADictionary(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var pages = EntryPages()
        var model: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<4000 {
            let name = Array("\(Int.random(in: 0..<600, using: &random))".utf8)
            if Int.random(in: 0..<3, using: &random) == 0 {
                pages.set(name, to: nil)
                model[name] = nil
            } else {
                let body = (0..<Int.random(in: 0..<400, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
                pages.set(name, to: body)
                model[name] = body
            }
            #expect(pages[name] == model[name])
        }
        var seen: [([UInt8], [UInt8])] = []
        pages.forEach { seen.append((Array($0), Array($1))) }
        #expect(pages.count == model.count)
        #expect(seen.map(\.0) == model.keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(seen.allSatisfy { model[$0.0] == $0.1 })
    }

    /// The digest is that of what is there, however it came about.
    @Test func digests() {
        var random = SeededGenerator(seed: 4)
        var index = FileIndex()
        var model: [TreePath: IndexEntry] = [:]
        for round in 0..<2000 {
            let (one, other) = (Int.random(in: 0..<9, using: &random), Int.random(in: 0..<9, using: &random))
            let file = path("\(one)/\(other)/\(Int.random(in: 0..<4, using: &random))")
            var entry = IndexEntry()
            if Bool.random(using: &random) {
                let version = FileVersion(
                    dot: Dot(node: NodeID(1), counter: UInt64(round + 1)),
                    metadata: FileMetadata(kind: .directory),
                    owner: NodeID(1)
                )
                entry.record.change(to: version, replacing: nil)
            }
            index[file] = entry
            model[file] = entry.isEmpty ? nil : entry
        }
        var again = FileIndex()
        for (file, entry) in model { again[file] = entry }
        #expect(index.count == model.count)
        #expect(index.digest == again.digest)
        #expect(index.byteCount == again.byteCount)
        #expect(index.byteCount > index.count)
        #expect(index.paths == model.keys.sorted())
        for file in model.keys { again[file] = IndexEntry() }
        #expect(again.digest == .zero)
        #expect(again.count == 0)
        #expect(again.byteCount == 0)
    }
}
