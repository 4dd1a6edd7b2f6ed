import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

/// A folder in a temporary directory.
struct TestFolder {
    let directory = TemporaryDirectory()
    let folder: TreeFolder
    let placer: TreePlacer
    private static let marker = "folder"

    init(policy: PlacingPolicy = PlacingPolicy()) throws {
        folder = try TreeFolder(directory.path, marker: Self.marker, create: true)
        placer = TreePlacer(folder, policy: policy)
    }

    /// The path of something in it, for the system.
    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> FileStamp {
        let file = try OpenFile(path: path(name), flags: O_WRONLY | O_CREAT | O_TRUNC)
        #expect(chmod(path(name), 0o644) == 0)
        try file.write(bytes[...], at: 0)
        return try file.status().stamp
    }

    func bytes(_ name: String) throws -> [UInt8] {
        let file = try OpenFile(path: path(name), flags: O_RDONLY)
        return try file.read(Int(file.status().size), at: 0)
    }

    /// Places a file with these bytes.
    @discardableResult
    func place(
        _ bytes: [UInt8],
        at name: String,
        expecting expected: ExpectedState = .absent,
        mode: UInt16 = 0o644
    ) throws -> TreePlacer.Placed {
        let staged = try StagedFile(1, in: folder)
        try staged.truncate(0)
        try staged.write(bytes, at: 0)
        let metadata = FileMetadata(
            kind: .file,
            size: UInt64(bytes.count),
            modified: 1_700_000_000_123_456_789,
            mode: mode
        )
        return try placer.place(.init(staged, at: TreePath(name), metadata: metadata, expecting: expected))
    }

    /// All that a walk finds, a few at a time.
    func scan(limit: Int = 3, isKnown: @escaping (TreePath, FileStamp) -> Bool = { _, _ in false }) throws
        -> [ScanFinding]
    {
        let scan = try TreeScan(folder, names: OwnerNames(), isKnown: isKnown)
        var found: [ScanFinding] = []
        while case let some = scan.next(limit), !some.isEmpty { found += some }
        return found
    }

    /// The files that a walk finds.
    func files() throws -> [ScannedFile] {
        try scan().compactMap { finding in
            if case .file(let file) = finding { file } else { nil }
        }
    }
}
