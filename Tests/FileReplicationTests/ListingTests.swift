import Base
import Testing

@testable import FileReplication

/// What a scan lists, compared with what is known.
struct ListingTests {
    private static let own = NodeID(1)

    private static func metadata(_ size: UInt64) -> FileMetadata {
        FileMetadata(kind: .file, size: size, modified: 5, mode: 0o640)
    }

    private static func listed(_ name: String, _ size: UInt64, inode: UInt64? = nil) -> FolderReplica.Listed {
        (Array(name.utf8), metadata(size), inode.map { FileIdentity(device: 1, inode: $0) })
    }

    struct Row: Sendable {
        var listed: [(name: String, size: UInt64, inode: UInt64?)]
        var inspected: Set<String>
    }

    /// There are `b`, `d` and `f` of 10 bytes, with the inodes 2, 4 and 6; of `g` it is known that it was removed.
    static let rows = [
        Row(listed: [("b", 10, 2), ("d", 10, 4), ("f", 10, 6)], inspected: []),
        Row(listed: [("f", 10, nil), ("b", 10, nil), ("d", 10, nil)], inspected: []),
        Row(listed: [("b", 11, 2), ("d", 10, 4), ("f", 10, 6)], inspected: ["b"]),
        Row(listed: [("b", 10, 2), ("d", 10, 5), ("f", 10, 6)], inspected: ["d"]),
        Row(
            listed: [("a", 1, 7), ("b", 10, 2), ("c", 1, 8), ("d", 10, 4), ("f", 10, 6), ("z", 1, 9)],
            inspected: ["a", "c", "z"]
        ),
        Row(listed: [("z", 1, 9), ("f", 11, 6), ("a", 1, 7), ("d", 10, 4)], inspected: ["a", "b", "f", "z"]),
        Row(listed: [("g", 10, 7)], inspected: ["b", "d", "f", "g"]),
        Row(listed: [], inspected: ["b", "d", "f"]),
    ]

    @Test(arguments: rows) func whatIsLookedAt(row: Row) throws {
        var replica = try FolderReplica(own: Self.own, configuration: FolderConfiguration(members: [Self.own: "a"]))
        for (number, name) in ["b", "d", "f", "g"].enumerated() {
            var entry = IndexEntry()
            let version = FileVersion(
                dot: Dot(node: Self.own, counter: UInt64(number + 1)),
                isDeleted: name == "g",
                metadata: Self.metadata(10),
                hash: testHash(Array(name.utf8)),
                owner: Self.own
            )
            entry.record.change(to: version, replacing: nil)
            if !version.isDeleted {
                entry.held = version
                entry.identity = FileIdentity(device: 1, inode: UInt64(2 * number + 2))
            }
            try replica.load(path("in/\(name)"), entry: entry.encoded)
        }
        _ = replica.popActions()
        let entries = row.listed.map { Self.listed($0.name, $0.size, inode: $0.inode) }
        replica.listed(path("in"), entries, now: .zero)
        var inspected: Set<String> = []
        for case .perform(_, .inspect(let file, _)) in replica.popActions() { inspected.insert("\(file)") }
        #expect(inspected == Set(row.inspected.map { "in/\($0)" }))
    }
}

/// Where paths are.
struct PathPlaceTests {
    private static let rows: [(file: String, directory: String, isIn: Bool)] = [
        ("a", "", true), ("a/b", "", false), ("a/b", "a", true), ("a/b/c", "a", false), ("ab/c", "a", false),
        ("a", "a", false), ("a/b", "b", false), ("a/b/c", "a/b", true),
    ]

    @Test func whatIsInADirectory() {
        for row in Self.rows {
            let (file, directory) = (path(row.file), row.directory.isEmpty ? TreePath.root : path(row.directory))
            #expect(file.isIn(directory) == row.isIn, "\(row)")
            #expect((file.parent == directory) == row.isIn, "\(row)")
        }
    }

    @Test(arguments: ["", ".", "..", "a/", "/a", "a//b", "a/./b", "a/..", "a\0b"]) func noPath(text: String) {
        #expect(throws: TreePath.Fault.badName) { try TreePath.root.appending(Array(text.utf8)) }
        if !text.isEmpty { #expect(throws: TreePath.Fault.badName) { try TreePath(text) } }
    }

    @Test(arguments: ["...", ".a", "a.", "..a", "a..", ". ", "\n"]) func aPath(text: String) throws {
        #expect(try TreePath(text) == TreePath.root.appending(Array(text.utf8)))
    }
}
