import Base
import FileReplication
import FileSync
import FileTrees
import Glibc
import TandemTesting
import Testing

/// Recordings are on other nodes while they are written.
@Suite(.timeLimit(.minutes(5))) struct FolderGrowthTests {
    /// The bytes of all staged files of a node.
    private static func staged(_ node: TestNode) -> [[UInt8]] {
        TestFiles.names(node.path(".tandem-sync/staged")).compactMap { node.bytes(".tandem-sync/staged/\($0)") }
    }

    /// Waits for bytes that come without a word of the folder.
    private static func arrives(_ bytes: [UInt8], at node: TestNode) async throws {
        try await waitUntil("what was appended") { staged(node).contains(bytes) }
    }

    /// Begins a file on the first node; it is open when this much of it is on the others.
    private static func begin(_ name: String, _ content: [UInt8], in rig: FolderRig) async throws -> Int32 {
        let file = open(rig.nodes[0].path(name), O_RDWR | O_CREAT, 0o644)
        #expect(write(file, content, content.count) == content.count)
        for node in rig.nodes[1...] { try await arrives(content, at: node) }
        return file
    }

    @Test func whatIsWrittenArrivesBeforeItIsClosed() async throws {
        let rig = FolderRig()
        try await rig.start()
        try await rig.settle()
        let file = open(rig.nodes[0].path("call.wav"), O_RDWR | O_CREAT, 0o644)
        var content: [UInt8] = []
        for part in 0..<5 {
            let bytes = noise(30_000, seed: UInt64(part))
            #expect(write(file, bytes, bytes.count) == bytes.count)
            content += bytes
            try await Self.arrives(content, at: rig.nodes[1])
        }
        #expect(rig.nodes[1].bytes("call.wav") == nil)
        let before = rig.sentBytes
        // A header is written again at the end, as recorders do.
        pwrite(file, [1, 2, 3, 4] as [UInt8], 4, 4)
        content.replaceSubrange(4..<8, with: [1, 2, 3, 4])
        close(file)
        try await rig.until { rig.nodes[1].bytes("call.wav") == content }
        try await rig.settle()
        #expect(rig.sentBytes - before < content.count / 3)
        #expect(Self.staged(rig.nodes[1]).isEmpty)
        await rig.stop()
    }

    /// Nobody is left with a file that grows for ever under the name that it had.
    @Test(arguments: [nil, TreeWatch.Means.inotify])
    func whatIsRenamedWhileItGrowsHasItsNewNameOnly(watching: TreeWatch.Means?) async throws {
        let rig = FolderRig { $0.watching = watching }
        try await rig.start()
        try await rig.settle()
        var content = noise(20_000)
        let file = try await Self.begin("call.part", content, in: rig)
        rename(rig.nodes[0].path("call.part"), rig.nodes[0].path("call.wav"))
        let more = noise(10_000, seed: 7)
        #expect(write(file, more, more.count) == more.count)
        content += more
        close(file)
        try await rig.until { rig.nodes[1].bytes("call.wav") == content }
        try await rig.settle()
        for node in rig.nodes { #expect(TestFiles.tree(node.root).count == 1) }
        #expect(await rig.nodes[0].folder.status().files == 1)
        await rig.stop()
    }

    @Test func aWriterInTheProgramTellsOfEachStep() async throws {
        let rig = FolderRig { $0.watching = .inotify }
        try await rig.start()
        try await rig.settle()
        let folder = rig.nodes[0].folder
        let path = try #require(folder.path(of: rig.nodes[0].path("call")))
        #expect(folder.path(of: "/elsewhere/call") == nil)
        #expect(folder.path(of: rig.nodes[0].path(".tandem-sync/marker")) == nil)
        rig.nodes[0].write([1, 2, 3], to: "call")
        folder.closed(path)
        try await rig.until { rig.nodes[1].bytes("call") == [1, 2, 3] }
        await rig.stop()
    }

    @Test func whatCameOfALostNodesFileGoesOnElsewhere() async throws {
        let rig = FolderRig(3)
        try await rig.start()
        try await rig.settle()
        let content = noise(50_000)
        let file = try await Self.begin("call.wav", content, in: rig)
        await rig.stop(0)
        let path = try TreePath("call.wav")
        #expect(await rig.nodes[1].folder.abandonedGrowths() == [path])
        #expect(await rig.nodes[1].folder.continueGrowing(path))
        #expect(rig.nodes[1].bytes("call.wav") == content)
        TestFiles.write([9, 9, 9], to: rig.nodes[1].path("call.wav"), append: true)
        rig.nodes[1].folder.closed(path)
        try await rig.until { rig.nodes[2].bytes("call.wav") == content + [9, 9, 9] }
        close(file)
        #expect(await rig.nodes[2].folder.continueGrowing(try TreePath("never")) == false)
        await rig.stop()
    }

    @Test func whatGrewIsStillThereAfterARestart() async throws {
        let rig = FolderRig()
        try await rig.start()
        try await rig.settle()
        let content = noise(60_000)
        let file = try await Self.begin("call.wav", content, in: rig)
        await rig.stop(1)
        try await rig.restart(1, connect: false)
        #expect(Self.staged(rig.nodes[1]) == [content])
        rig.connect(0, 1)
        close(file)
        try await rig.until { rig.nodes[1].bytes("call.wav") == content }
        await rig.stop()
    }
}
