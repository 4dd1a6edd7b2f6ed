import Base
import FileReplication
import FileSync
import FileTrees
import Glibc
import TandemTesting
import Testing

/// What people do on one node is on the others.
@Suite(.timeLimit(.minutes(5))) struct FolderExchangeTests {
    @Test(arguments: [TreeWatch.Means.inotify, nil]) func whatIsMadeChangedAndRemovedArrives(
        means: TreeWatch.Means?
    ) async throws {
        let rig = FolderRig(3) { $0.watching = means }
        // What was there before is found by the scan.
        mkdir(rig.nodes[0].path("old"), 0o750)
        rig.nodes[0].write(noise(70_000), to: "old/file")
        try await rig.start()
        try await rig.settle()
        #expect(rig.nodes[2].bytes("old/file") == noise(70_000))
        for node in rig.nodes { #expect(await node.folder.status().watching != nil) }

        // What happens is heard of; so are odd names.
        rig.nodes[1].write([1, 2, 3], to: "new")
        rig.nodes[1].write([], to: "empty")
        rig.nodes[2].write([4], to: "line\nend")
        mkdir(rig.nodes[1].path("old/deep"), 0o700)
        rig.nodes[1].write(noise(300_000, seed: 3), to: "old/deep/large")
        symlink("new", rig.nodes[0].path("link"))
        try await rig.until {
            TestFiles.tree(rig.nodes[2].root).count == 8 && TestFiles.tree(rig.nodes[0].root).count == 8
        }
        try await rig.settle()

        rig.nodes[0].write([5, 6], to: "new")
        unlink(rig.nodes[2].path("empty"))
        chmod(rig.nodes[1].path("old/file"), 0o600)
        unlink(rig.nodes[1].path("old/deep/large"))
        rmdir(rig.nodes[1].path("old/deep"))
        try await rig.until {
            rig.nodes.allSatisfy {
                $0.bytes("new") == [5, 6] && $0.bytes("empty") == nil && TestFiles.status($0.path("old/deep")) == nil
                    && TestFiles.status($0.path("old/file"))?.st_mode == S_IFREG | 0o600
            }
        }
        try await rig.settle()
        await rig.stop()
    }

    @Test func renamesSendNoContent() async throws {
        let rig = FolderRig()
        mkdir(rig.nodes[0].path("a"), 0o755)
        rig.nodes[0].write(noise(10 << 20), to: "big")
        for number in 0..<20 { rig.nodes[0].write(noise(20_000, seed: UInt64(number)), to: "a/\(number)") }
        try await rig.start()
        try await rig.settle()
        let before = rig.sentBytes
        rename(rig.nodes[0].path("big"), rig.nodes[0].path("renamed"))
        try await rig.until { TestFiles.status(rig.nodes[1].path("renamed"))?.st_size == 10 << 20 }
        try await rig.settle()
        #expect(rig.sentBytes - before <= 1000)
        rename(rig.nodes[0].path("a"), rig.nodes[0].path("b"))
        try await rig.until { TestFiles.status(rig.nodes[1].path("b/19")) != nil }
        try await rig.settle()
        #expect(rig.nodes[1].bytes("b/7") == noise(20_000, seed: 7))
        #expect(rig.sentBytes - before < 20_000)
        await rig.stop()
    }

    @Test func ofAppendingOnlyWhatIsNewIsSent() async throws {
        let rig = FolderRig()
        rig.nodes[0].write(noise(10 << 20), to: "big")
        try await rig.start()
        try await rig.settle()
        let before = rig.sentBytes
        TestFiles.write(noise(160 << 10, seed: 2), to: rig.nodes[0].path("big"), append: true)
        try await rig.until { TestFiles.status(rig.nodes[1].path("big"))?.st_size == (10 << 20) + (160 << 10) }
        try await rig.settle()
        #expect(rig.sentBytes - before <= 160 << 10 + 2048)
        #expect(rig.nodes[1].bytes("big") == noise(10 << 20) + noise(160 << 10, seed: 2))
        await rig.stop()
    }

    @Test func ofAChangeInTheMiddleOnlyTheChunksAroundItAreSent() async throws {
        let rig = FolderRig()
        var content = noise(4 << 20)
        rig.nodes[0].write(content, to: "big")
        try await rig.start()
        try await rig.settle()
        let before = rig.sentBytes
        content.insert(contentsOf: [1, 2, 3], at: 2 << 20)
        rig.nodes[0].write(content, to: "big")
        try await rig.until { TestFiles.status(rig.nodes[1].path("big"))?.st_size == content.count }
        try await rig.settle()
        #expect(rig.nodes[1].bytes("big") == content)
        // Mostly the list of chunks.
        #expect(rig.sentBytes - before < 128 << 10)
        await rig.stop()
    }

    @Test func hardLinksAndHolesStayWhatTheyAre() async throws {
        let rig = FolderRig()
        rig.nodes[0].write(noise(5000), to: "one")
        link(rig.nodes[0].path("one"), rig.nodes[0].path("two"))
        let hole = open(rig.nodes[0].path("hole"), O_RDWR | O_CREAT, 0o644)
        ftruncate(hole, 8 << 20)
        pwrite(hole, [7] as [UInt8], 1, 8 << 20 - 1)
        close(hole)
        try await rig.start()
        try await rig.settle()
        let (one, two) = (TestFiles.status(rig.nodes[1].path("one")), TestFiles.status(rig.nodes[1].path("two")))
        #expect(one?.st_ino != nil && one?.st_ino == two?.st_ino)
        let copy = try #require(TestFiles.status(rig.nodes[1].path("hole")))
        #expect(copy.st_size == 8 << 20)
        #expect(rig.sentBytes < 1 << 20)
        #expect(copy.st_blocks * 512 < 1 << 20)

        // Written through one name, changed under both.
        TestFiles.write([1, 2], to: rig.nodes[0].path("two"), append: true)
        let content = noise(5000) + [1, 2]
        try await rig.until { rig.nodes[1].bytes("one") == content && rig.nodes[1].bytes("two") == content }
        await rig.stop()
    }

    @Test func contentThatIsThereUnderAnotherNameIsNotSent() async throws {
        let rig = FolderRig()
        rig.nodes[0].write(noise(300_000), to: "file")
        try await rig.start()
        try await rig.settle()
        let before = rig.sentBytes
        link(rig.nodes[0].path("file"), rig.nodes[0].path("a link"))
        try await rig.until { TestFiles.status(rig.nodes[1].path("a link")) != nil }
        try await rig.settle()
        #expect(
            TestFiles.status(rig.nodes[1].path("a link"))?.st_ino == TestFiles.status(rig.nodes[1].path("file"))?.st_ino
        )
        mkdir(rig.nodes[0].path("copies"), 0o755)
        rig.nodes[0].write(noise(300_000), to: "copies/copy")
        try await rig.until { TestFiles.status(rig.nodes[1].path("copies/copy")) != nil }
        try await rig.settle()
        #expect(rig.nodes[1].bytes("copies/copy") == noise(300_000))
        #expect(rig.sentBytes - before < 4000)

        // Changed through one name, changed under all.
        chmod(rig.nodes[0].path("file"), 0o600)
        try await rig.until {
            ["file", "a link"].allSatisfy { TestFiles.status(rig.nodes[1].path($0))?.st_mode == S_IFREG | 0o600 }
        }
        try await rig.settle()
        await rig.stop()
    }

    @Test func afterAConflictBothVersionsAreEverywhere() async throws {
        let rig = FolderRig()
        rig.nodes[0].write([0], to: "file")
        try await rig.start()
        try await rig.settle()
        rig.disconnect(0, 1)
        let count = rig.log.count
        rig.nodes[0].write([1, 1], to: "file")
        rig.nodes[1].write([2, 2, 2], to: "file")
        await rig.nodes[0].folder.rescan()
        await rig.nodes[1].folder.rescan()
        rig.connect(0, 1)
        try await rig.until { rig.nodes.allSatisfy { TestFiles.tree($0.root).count == 2 } }
        try await rig.settle()
        let names = TestFiles.names(rig.nodes[0].root).filter { $0 != ".tandem-sync" }
        let copy = try #require(names.first { $0.hasPrefix("file.conflict-") })
        #expect(Set([rig.nodes[1].bytes("file"), rig.nodes[1].bytes(copy)]) == [[1, 1], [2, 2, 2]])
        let conflicts = rig.log.events(of: 0, since: count) + rig.log.events(of: 1, since: count)
        #expect(conflicts.contains { $0.isReplica { if case .conflict = $0 { true } else { false } } })
        await rig.stop()
    }

    @Test func whatHappenedWhileANodeWasDownIsFound() async throws {
        let rig = FolderRig()
        for number in 0..<5 { rig.nodes[0].write([UInt8(number)], to: "file\(number)") }
        try await rig.start()
        try await rig.settle()
        await rig.stop(1)
        rig.nodes[1].write([9, 9], to: "file0")
        unlink(rig.nodes[1].path("file1"))
        rename(rig.nodes[1].path("file2"), rig.nodes[1].path("other"))
        unlink(rig.nodes[0].path("file3"))
        await rig.nodes[0].folder.rescan()
        try await rig.restart(1)
        try await rig.until { rig.nodes[0].bytes("file0") == [9, 9] && rig.nodes[0].bytes("file1") == nil }
        try await rig.settle()
        #expect(TestFiles.tree(rig.nodes[1].root).keys.sorted() == ["/file0", "/file4", "/other"])
        await rig.stop()
    }

    @Test func whatIsLeftOutStaysWhereItIs() async throws {
        let rig = FolderRig {
            let isRule = $0.replication.filter.append("- *.tmp")
            #expect(isRule)
        }
        rig.nodes[0].write([1], to: "a.tmp")
        rig.nodes[0].write([1], to: "a")
        try await rig.start()
        try await rig.until { rig.nodes[1].bytes("a") != nil }
        // Renamed into what is replicated.
        rename(rig.nodes[0].path("a.tmp"), rig.nodes[0].path("b"))
        try await rig.until { rig.nodes[1].bytes("b") == [1] }
        #expect(rig.nodes[1].bytes("a.tmp") == nil)
        let lines = await rig.nodes[0].folder.explain(try TreePath("x.tmp"))
        #expect(lines.contains("filter: it is left out"))
        await rig.stop()
    }
}
