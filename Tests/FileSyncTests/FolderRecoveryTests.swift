import Base
import FileReplication
import FileSync
import Glibc
import TandemTesting
import Testing

/// What a folder does when its index is lost.
@Suite(.timeLimit(.minutes(5))) struct FolderRecoveryTests {
    /// Overwrites the middle of the index.
    private static func damage(_ node: TestNode) throws {
        let path = node.index + "/folder.sqlite"
        let size = try #require(TestFiles.status(path)).st_size
        let file = open(path, O_WRONLY)
        let junk = noise(Int(size), seed: 5)
        #expect(pwrite(file, junk, junk.count, 0) == junk.count)
        close(file)
    }

    @Test func aDamagedIndexIsMadeAnewAndNothingComesBack() async throws {
        let rig = FolderRig(3)
        for number in 0..<10 { rig.nodes[0].write([UInt8(number)], to: "file\(number)") }
        try await rig.start()
        try await rig.settle()
        await rig.stop(1)
        // Meanwhile others delete and change; and so does somebody here.
        unlink(rig.nodes[0].path("file0"))
        rig.nodes[2].write([77, 77], to: "file1")
        rig.nodes[1].write([88], to: "own")
        await rig.nodes[0].folder.rescan()
        try await rig.until { rig.nodes[2].bytes("file0") == nil && rig.nodes[0].bytes("file1") == [77, 77] }
        try Self.damage(rig.nodes[1])
        let count = rig.log.count
        // It is stopped again before it has heard anybody, and still hears them first.
        try await rig.restart(1, connect: false)
        #expect(
            rig.log.events(of: 1, since: count).contains { if case .indexDamaged = $0 { true } else { false } }
        )
        await rig.stop(1)
        try await rig.restart(1)
        try await rig.until { rig.nodes[0].bytes("own") == [88] && rig.nodes[1].bytes("file0") == nil }
        try await rig.settle()
        #expect(TestFiles.status(rig.nodes[1].index + "/folder.sqlite.damaged") != nil)
        for node in rig.nodes {
            #expect(node.bytes("file0") == nil)
            #expect(node.bytes("file1") == [77, 77])
            #expect(node.bytes("file2") == [2])
        }
        await rig.stop()
    }

    @Test func anIndexThatIsGoneIsAsGoodAsADamagedOne() async throws {
        let rig = FolderRig()
        rig.nodes[0].write([1], to: "stays")
        rig.nodes[0].write([2], to: "goes")
        try await rig.start()
        try await rig.settle()
        await rig.stop(1)
        unlink(rig.nodes[0].path("goes"))
        await rig.nodes[0].folder.rescan()
        for name in TestFiles.names(rig.nodes[1].index) { unlink(rig.nodes[1].index + "/" + name) }
        try await rig.restart(1)
        try await rig.until { rig.nodes[1].bytes("goes") == nil }
        try await rig.settle()
        #expect(TestFiles.tree(rig.nodes[0].root).keys.sorted() == ["/stays"])
        await rig.stop()
    }
}
