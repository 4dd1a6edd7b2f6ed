import Base
import FileReplication
import FileSync
import FileTrees
import Glibc
import TandemTesting
import Testing

/// What a folder does when things go wrong: nothing is lost.
@Suite(.timeLimit(.minutes(5))) struct FolderSafetyTests {
    @Test func aRootThatIsGoneDeletesNothing() async throws {
        let rig = FolderRig()
        for number in 0..<10 { rig.nodes[0].write([UInt8(number)], to: "file\(number)") }
        try await rig.start()
        try await rig.settle()
        let tree = TestFiles.tree(rig.nodes[1].root)
        // What is at its place has no marker, as where nothing is mounted.
        rename(rig.nodes[0].root, rig.nodes[0].root + ".away")
        mkdir(rig.nodes[0].root, 0o755)
        try await rig.heard(0, .rootVanished)
        #expect(await rig.nodes[0].folder.status().obstacle == .rootVanished)
        #expect(TestFiles.tree(rig.nodes[1].root) == tree)
        rmdir(rig.nodes[0].root)
        rename(rig.nodes[0].root + ".away", rig.nodes[0].root)
        rig.nodes[1].write([7], to: "later")
        try await rig.heard(0, .rootReturned)
        try await rig.until { rig.nodes[0].bytes("later") == [7] }
        try await rig.settle()
        #expect(TestFiles.tree(rig.nodes[1].root).count == 11)
        await rig.stop()
    }

    @Test func anotherFoldersRootIsNotTaken() async throws {
        let rig = FolderRig(1)
        try await rig.start()
        await rig.stop()
        let other = SyncFolder(
            name: "other",
            root: rig.nodes[0].root,
            settings: FolderRig.settings(1),
            own: FolderRig.id(0),
            indexDirectory: rig.nodes[0].index,
            tell: { _ in }
        )
        await #expect(throws: SyncFolder.Failure.self) { try await other.start() }
        await other.stop()
    }

    @Test(arguments: [true, false]) func manyDeletionsWaitUntilSomebodyDecides(areMeant: Bool) async throws {
        let rig = FolderRig {
            $0.replication.deleteLimits.least = 5
            $0.replication.deleteLimits.share = 0.5
        }
        for number in 0..<30 { rig.nodes[0].write([UInt8(number)], to: "file\(number)") }
        try await rig.start()
        try await rig.settle()
        let tree = TestFiles.tree(rig.nodes[1].root)
        await rig.stop(0)
        for number in 0..<30 { unlink(rig.nodes[0].path("file\(number)")) }
        let count = rig.log.count
        try await rig.restart(0)
        try await rig.heard(0, .guardTripped(isLocal: true, count: 30), since: count)
        #expect(await rig.nodes[0].folder.status().deletionsWaiting == 30)
        #expect(TestFiles.tree(rig.nodes[1].root) == tree)
        rig.nodes[0].folder.decideDeletions(areMeant: areMeant)
        if areMeant {
            // They are many for the other one too.
            try await rig.heard(1, since: count) {
                $0.isReplica { if case .guardTripped(false, _) = $0 { true } else { false } }
            }
            rig.nodes[1].folder.decideDeletions(areMeant: true)
        }
        try await rig.settle()
        #expect(TestFiles.tree(rig.nodes[0].root).count == (areMeant ? 0 : 30))
        await rig.stop()
    }

    @Test(.enabled(if: SmallFileSystem.isPossible)) func aFullDiskIsWaitedOut() async throws {
        let disk = try SmallFileSystem(kilobytes: 1024)
        let rig = FolderRig(roots: [1: disk.path])
        TestFiles.write(noise(700 << 10), to: disk.path + "/filler")
        unlink(disk.path + "/other")
        try await rig.start()
        try await rig.settle()
        rig.nodes[0].write(noise(600 << 10, seed: 2), to: "large")
        try await rig.heard(1, .paused(.noSpace))
        #expect(rig.nodes[1].bytes("large") == nil)
        #expect(rig.nodes[1].bytes("filler") == noise(700 << 10))
        unlink(rig.nodes[0].path("filler"))
        try await rig.until { rig.nodes[1].bytes("large") == noise(600 << 10, seed: 2) }
        #expect(rig.log.events(of: 1).contains { $0.isReplica { $0 == .resumed } })
        await rig.stop()
    }

    @Test(.enabled(if: SmallFileSystem.isPossible)) func aDiskThatMayNotBeWrittenIsWaitedOut() async throws {
        let disk = try SmallFileSystem(kilobytes: 1024)
        let rig = FolderRig(roots: [1: disk.path])
        try await rig.start()
        try await rig.settle()
        try disk.setReadOnly()
        rig.nodes[0].write([1], to: "file")
        try await rig.heard(1, .paused(.readOnly))
        try await rig.until { await rig.nodes[1].folder.status().obstacle == .disk(.readOnly) }
        try disk.setReadOnly(false)
        try await rig.until { rig.nodes[1].bytes("file") == [1] }
        await rig.stop()
    }

    @Test func whatIsReplacedOrRemovedIsKept() async throws {
        let rig = FolderRig { $0.versions = .trash(days: 30) }
        mkdir(rig.nodes[0].path("d"), 0o755)
        rig.nodes[0].write([1], to: "d/file")
        rig.nodes[0].write([2], to: "gone")
        try await rig.start()
        try await rig.settle()
        rig.nodes[0].write([3, 3], to: "d/file")
        unlink(rig.nodes[0].path("gone"))
        try await rig.until { rig.nodes[1].bytes("d/file") == [3, 3] && rig.nodes[1].bytes("gone") == nil }
        let versions = rig.nodes[1].path(".tandem-sync/versions")
        let file = try #require(TestFiles.names(versions + "/d").first)
        #expect(file.hasPrefix("file.kept-"))
        #expect(TestFiles.bytes(versions + "/d/" + file) == [1])
        let gone = try #require(TestFiles.names(versions).first { $0.hasPrefix("gone.kept-") })
        #expect(TestFiles.bytes(versions + "/" + gone) == [2])
        // Where the change was made nothing is kept.
        #expect(TestFiles.names(rig.nodes[0].path(".tandem-sync/versions")).isEmpty)
        await rig.stop()
    }

    @Test func namesThatDifferInCaseOnlyAreReported() async throws {
        let rig = FolderRig()
        rig.nodes[0].write([1], to: "Name")
        rig.nodes[0].write([2], to: "name")
        try await rig.start()
        try await rig.settle()
        #expect(await rig.nodes[0].folder.status().caseCollisions.count == 1)
        #expect(rig.nodes[1].bytes("name") == [2])
        await rig.stop()
    }

    @Test func bytesThatTheDiskHasLostAreFound() async throws {
        let rig = FolderRig()
        rig.nodes[0].write(noise(5000), to: "good")
        rig.nodes[0].write(noise(5000, seed: 2), to: "bad")
        try await rig.start()
        try await rig.settle()
        let before = try #require(TestFiles.status(rig.nodes[1].path("bad")))
        await rig.stop(1)
        let count = rig.log.count
        let file = open(rig.nodes[1].path("bad"), O_WRONLY)
        pwrite(file, [0xFF, 0xFE] as [UInt8], 2, 100)
        var times = [before.st_atim, before.st_mtim]
        futimens(file, &times)
        close(file)
        try await rig.restart(1)
        try await rig.heard(1, .inSync(FolderRig.id(0)), since: count)
        let report = await rig.nodes[1].folder.verify()
        #expect(report.files == 2)
        #expect(try report.damaged == [TreePath("bad")])
        #expect(report.changedCount == 0)
        // It does not spread.
        #expect(rig.nodes[0].bytes("bad") == noise(5000, seed: 2))
        await rig.stop()
    }

    @Test func aPausedFolderExchangesNothing() async throws {
        let rig = FolderRig()
        try await rig.start()
        try await rig.settle()
        rig.nodes[0].folder.pause()
        try await rig.heard(0) { if case .halted(true) = $0 { true } else { false } }
        rig.disconnect(0, 1)
        rig.nodes[0].write([1], to: "file")
        await rig.nodes[0].folder.rescan()
        #expect(await rig.nodes[0].folder.status().obstacle == .halted)
        #expect(rig.nodes[1].bytes("file") == nil)
        rig.nodes[0].folder.resume()
        try await rig.heard(0) { if case .halted(false) = $0 { true } else { false } }
        rig.connect(0, 1)
        try await rig.until { rig.nodes[1].bytes("file") == [1] }
        await rig.stop()
    }

    @Test func settingsChangeWhileItWorks() async throws {
        let rig = FolderRig { _ = $0.replication.filter.append("- *.log") }
        rig.nodes[0].write([1], to: "a.log")
        try await rig.start()
        try await rig.heard(0, .inSync(FolderRig.id(1)))
        #expect(rig.nodes[1].bytes("a.log") == nil)
        for node in rig.nodes { node.folder.reconfigure(FolderRig.settings(2)) }
        try await rig.until { rig.nodes[1].bytes("a.log") == [1] }
        await rig.stop()
    }
}
