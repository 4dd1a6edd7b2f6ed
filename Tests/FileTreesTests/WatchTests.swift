import Base
import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct WatchTests {
    /// The ways that work on this machine.
    static let means: [TreeWatch.Means] = {
        guard let test = try? TestFolder() else { return [] }
        return [.fanotify, .inotify].filter { (try? TreeWatch(test.folder, means: $0)) != nil }
    }()

    @Test func thereIsAWayToWatch() { #expect(Self.means.contains(.inotify)) }

    @Test(arguments: means) func whatHappensIsTold(means: TreeWatch.Means) throws {
        let test = try TestFolder()
        try #require(mkdir(test.path("d"), 0o755) == 0)
        let watch = try TreeWatch(test.folder, means: means)
        try test.write([1], to: "d/a\nb")
        let path = try TreePath("d/a\nb")
        #expect(try watch.changes().suffix(2).contains(.closed(path)))
        try #require(rename(test.path("d/a\nb"), test.path("c")) == 0)
        #expect(try watch.changes() == [.moved(from: path, to: TreePath("c"))])
        try #require(chmod(test.path("c"), 0o600) == 0)
        #expect(try watch.changes() == [.changed(TreePath("c"))])
        try #require(unlink(test.path("c")) == 0)
        #expect(try watch.changes().last == .removed(TreePath("c")))
        #expect(try watch.changes().isEmpty)
    }

    @Test(arguments: means) func whatTheNodeDoesForItselfIsNotTold(means: TreeWatch.Means) throws {
        let test = try TestFolder()
        let watch = try TreeWatch(test.folder, means: means)
        let staged = try StagedFile(1, in: test.folder)
        try staged.write([1], at: 0)
        #expect(try watch.changes().isEmpty)
        _ = try test.placer.place(
            .init(staged, at: TreePath("a"), metadata: FileMetadata(kind: .file, size: 1), expecting: .absent)
        )
        #expect(try watch.changes().contains(.closed(TreePath("a"))))
    }

    @Test(arguments: means) func anExchangedFileIsNotToldAsRemoved(means: TreeWatch.Means) throws {
        let test = try TestFolder()
        let seen = try test.write([1], to: "a")
        let watch = try TreeWatch(test.folder, means: means)
        try test.place([2], at: "a", expecting: ExpectedState(seen))
        #expect(try Set(watch.changes()) == [.closed(TreePath("a"))])
    }

    @Test(arguments: means) func newDirectoriesAreWatchedToo(means: TreeWatch.Means) throws {
        let test = try TestFolder()
        let watch = try TreeWatch(test.folder, means: means)
        try #require(mkdir(test.path("d"), 0o755) == 0)
        try #require(mkdir(test.path("d/e"), 0o755) == 0)
        try test.write([1], to: "d/e/early")
        // Either each is told, or that everything in the directory is to be looked at.
        let early = try watch.changes()
        let isToldOfAll = early.contains(.rescan(below: try TreePath("d")))
        #expect(try isToldOfAll || early.contains(.closed(TreePath("d/e/early"))))
        try test.write([1], to: "d/e/late")
        #expect(try watch.changes().contains(.closed(TreePath("d/e/late"))))
        // Below another name, too.
        try #require(rename(test.path("d"), test.path("n")) == 0)
        #expect(try watch.changes() == [.moved(from: TreePath("d"), to: TreePath("n"))])
        try test.write([1], to: "n/e/later")
        #expect(try watch.changes().contains(.closed(TreePath("n/e/later"))))
    }

    @Test(arguments: means) func whatLeavesOrComesIsTold(means: TreeWatch.Means) throws {
        let outside = TemporaryDirectory()
        let test = try TestFolder()
        try #require(mkdir(test.path("d"), 0o755) == 0)
        try test.write([1], to: "d/a")
        let watch = try TreeWatch(test.folder, means: means)
        try #require(rename(test.path("d"), "\(outside.path)/d") == 0)
        #expect(try watch.changes() == [.removed(TreePath("d"))])
        try #require(unlink("\(outside.path)/d/a") == 0)
        #expect(try watch.changes().isEmpty)
        try #require(rename("\(outside.path)/d", test.path("e")) == 0)
        #expect(try watch.changes() == [.changed(TreePath("e")), .rescan(below: TreePath("e"))])
    }

    /// How many events the system keeps for each watcher.
    static let mostQueued = TemporaryDirectory.systemNumber("/proc/sys/fs/inotify/max_queued_events")

    @Test(.enabled(if: (1...200_000).contains(mostQueued), "the system keeps too many events to fill its queue"))
    func moreThanCanBeToldIsALookAtEverything() throws {
        let test = try TestFolder()
        let watch = try TreeWatch(test.folder, means: .inotify)
        let name = test.path("a")
        for _ in 0...(Self.mostQueued / 2) {
            try #require(mkdir(name, 0o755) == 0)
            try #require(rmdir(name) == 0)
        }
        #expect(try watch.changes() == [.rescan(below: .root)])
        try test.write([1], to: "b")
        #expect(try watch.changes().contains(.closed(TreePath("b"))))
    }

    @Test func changesSettle() throws {
        var settling = ChangeSettling(
            delays: .init(quiet: .milliseconds(200), longest: .milliseconds(500))
        )
        let (a, b) = (try TreePath("a"), try TreePath("b"))
        func at(_ milliseconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: milliseconds * 1_000_000) }
        #expect(settling.deadline == nil)
        #expect(settling.take(.changed(a), at: at(0)).isEmpty)
        #expect(settling.take(.closed(b), at: at(0)) == [.closed(b)])
        #expect(settling.settle(at: at(199)).isEmpty)
        // Written to again: it waits on, but not for ever.
        for time in stride(from: Int64(100), through: 450, by: 50) {
            _ = settling.take(.changed(a), at: at(time))
            #expect(settling.settle(at: at(time)).isEmpty)
        }
        #expect(settling.deadline == at(500))
        #expect(settling.settle(at: at(500)) == [.changed(a)])
        #expect(settling.deadline == nil)
        // Closing tells at once, and only once.
        _ = settling.take(.changed(a), at: at(600))
        #expect(settling.take(.closed(a), at: at(610)) == [.closed(a)])
        #expect(settling.settle(at: at(2000)).isEmpty)
        // What was being written goes on under its new name.
        _ = settling.take(.changed(a), at: at(3000))
        #expect(settling.take(.moved(from: a, to: b), at: at(3010)) == [.moved(from: a, to: b)])
        #expect(settling.settle(at: at(3210)) == [.changed(b)])
    }

    @Test func theRoomForWaitingChangesIsLimited() throws {
        var settling = ChangeSettling()
        for index in 0..<ChangeSettling.mostWaiting {
            _ = settling.take(.changed(try TreePath("\(index)")), at: .zero)
        }
        #expect(settling.take(.changed(try TreePath("x")), at: .zero) == [.rescan(below: .root)])
        #expect(settling.deadline == nil)
    }
}

extension TemporaryDirectory {
    /// A number in a file of the system's.
    static func systemNumber(_ path: String) -> Int32 {
        guard let file = try? OpenFile(path: path, flags: O_RDONLY), let text = try? file.read(32, at: 0) else {
            return 0
        }
        return Int32(String(decoding: text.filter { $0 >= 48 && $0 <= 57 }, as: UTF8.self)) ?? 0
    }
}
