import Base
import FileReplication
import GRDB
import Glibc
import TandemTesting
import Testing

@testable import FileSync

/// The index on the disk.
struct IndexStoreTests {
    private static func entry(_ counter: UInt64) -> [UInt8] {
        var entry = IndexEntry()
        let dot = Dot(node: NodeID(1), counter: counter)
        let version = FileVersion(dot: dot, metadata: FileMetadata(kind: .directory), owner: NodeID(1))
        entry.record.change(to: version, replacing: nil)
        entry.held = version
        return entry.encoded
    }

    private static func replica(_ state: [UInt8]?) throws(WireError) -> FolderReplica {
        try FolderReplica(own: NodeID(1), configuration: FolderConfiguration(members: [NodeID(1): "a"]), state: state)
    }

    /// A file with some entries; what a replica would store.
    private static func filled(_ file: IndexFile, _ count: Int) throws {
        let opened = try file.open(replica)
        var replica = opened.replica
        let paths = try (0..<count).map { try TreePath("d\($0)") }
        replica.observed(paths.map { ($0, FileObservation(metadata: FileMetadata(kind: .directory))) }, now: .zero)
        for case .store(_, let entries, let state) in replica.popActions() {
            try opened.store.store(entries, state: state)
        }
        opened.store.close()
    }

    @Test func whatWasStoredIsThereAgain() throws {
        let directory = TemporaryDirectory()
        let file = IndexFile(directory: directory.path, folder: "a/b ä")
        #expect(file.path == "\(directory.path)/a%2fb%20%c3%a4.sqlite")
        try Self.filled(file, 100)
        let opened = try file.open(Self.replica)
        #expect(opened.setAside == nil && !opened.isNew)
        #expect(opened.replica.index.count == 100)
        let (path, growth) = (
            try TreePath("d5"), IndexStore.Growth(token: .max, beginning: Dot(node: NodeID(.max), counter: 7))
        )
        try opened.store.add(growth)
        #expect(try opened.store.growths() == [growth])
        try opened.store.removeGrowth(.max)
        #expect(try opened.store.growths().isEmpty)
        let state = try #require(try opened.store.state())
        try opened.store.store([(path, nil)], state: state)
        // Another process may not have it meanwhile.
        #expect(throws: IndexStore.Failure.other("another process uses it")) { try IndexStore(path: file.path) }
        opened.store.close()
        let again = try file.open(Self.replica)
        #expect(again.replica.index.count == 99)
        again.store.close()
        // It is nobody else's business.
        #expect(TestFiles.status(file.path)?.st_mode == S_IFREG | 0o600)
    }

    @Test(arguments: [
        "UPDATE entry SET body = x'00' WHERE path = (SELECT path FROM entry LIMIT 1)",
        "UPDATE entry SET path = x'2F' WHERE path = (SELECT path FROM entry LIMIT 1)",
        "UPDATE entry SET sum = sum + 1 WHERE path = (SELECT path FROM entry LIMIT 1)",
        "UPDATE state SET body = x'FF'", "DELETE FROM state", "DROP TABLE entry", "DROP TABLE growth; DROP TABLE state",
        "PRAGMA user_version = 99",
    ])
    func whatWasChangedIsSetAside(statement: String) throws {
        let directory = TemporaryDirectory()
        let file = IndexFile(directory: directory.path, folder: "folder")
        try Self.filled(file, 50)
        let queue = try DatabaseQueue(path: file.path)
        try queue.write { try $0.execute(sql: statement) }
        try queue.close()
        let opened = try file.open(Self.replica)
        #expect(opened.setAside == file.damagedPath)
        #expect(opened.isNew && opened.replica.index.count == 0)
        #expect(TestFiles.status(file.damagedPath) != nil)
        opened.store.close()
        // Whoever starts before it was made good knows it, too.
        let again = try file.open(Self.replica)
        #expect(try again.store.isRecovering() && !again.isNew && again.setAside == nil)
        again.store.close()
    }

    @Test(arguments: 0..<20) func bytesThatAreOthersAreNeverTakenForWhatWasStored(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let file = IndexFile(directory: directory.path, folder: "folder")
        try Self.filled(file, 500)
        let size = Int(try #require(TestFiles.status(file.path)).st_size)
        let place = Int(truncatingIfNeeded: seed &* 0x9E37_79B9_7F4A_7C15) & Int.max % size
        let descriptor = open(file.path, O_WRONLY)
        pwrite(descriptor, noise(64, seed: seed + 1), 64, place % (size - 64))
        close(descriptor)
        let opened = try file.open(Self.replica)
        // All is there, or it is known that it is not.
        #expect(opened.setAside != nil || opened.replica.index.count == 500)
        opened.store.close()
    }

    @Test(arguments: [false, true]) func aDamagedFileIsWrittenAnewFromWhatIsKnown(isRecovering: Bool) throws {
        let directory = TemporaryDirectory()
        let file = IndexFile(directory: directory.path, folder: "folder")
        try Self.filled(file, 20)
        let opened = try file.open(Self.replica)
        let state = try #require(try opened.store.state())
        opened.store.close()
        try file.renew(opened.replica.index, state: state).close()
        let damaged = TestFiles.bytes(file.damagedPath)
        let store = try file.renew(
            opened.replica.index,
            state: state,
            isRecovering: isRecovering,
            isRepeated: true
        )
        store.close()
        // What was set aside first is what was damaged.
        #expect(damaged != nil && TestFiles.bytes(file.damagedPath) == damaged)
        let again = try file.open(Self.replica)
        #expect(again.replica.index.digest == opened.replica.index.digest)
        #expect(try again.store.isRecovering() == isRecovering)
        again.store.close()
    }
}
