import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct ScanTests {
    private static let tree = ["a", "a.b/x", "a/y", "a/z/deep/er", "b"].sorted()

    private func makeTree(_ test: TestFolder) throws {
        for directory in ["a", "a.b", "a/z", "a/z/deep"] { try #require(mkdir(test.path(directory), 0o755) == 0) }
        for file in ["a.b/x", "a/y", "a/z/deep/er", "b"] { try test.write([1], to: file) }
    }

    @Test(arguments: [1, 2, 100]) func aWalkIsInTheOrderOfPathsAndComplete(limit: Int) throws {
        let test = try TestFolder()
        try makeTree(test)
        let paths = try test.scan(limit: limit).compactMap { finding -> TreePath? in
            if case .file(let file) = finding { file.path } else { nil }
        }
        #expect(paths.map(\.description) == ["a", "a/y", "a/z", "a/z/deep", "a/z/deep/er", "a.b", "a.b/x", "b"])
        #expect(paths == paths.sorted())
    }

    @Test func aWalkBeginsAgainAnywhere() throws {
        let test = try TestFolder()
        try makeTree(test)
        let all = try test.files().map(\.path)
        for after in all + [
            try TreePath("a/z/gone"), try TreePath("a/z/deep/er/x"), try TreePath("a0"), try TreePath("zz"),
        ] {
            let scan = try TreeScan(test.folder, after: after, names: OwnerNames())
            let rest = scan.next(100).compactMap { finding -> TreePath? in
                if case .file(let file) = finding { file.path } else { nil }
            }
            #expect(rest == all.filter { after < $0 }, "after \(after)")
        }
    }

    @Test func ofKnownFilesNothingMoreIsRead() throws {
        let test = try TestFolder()
        try test.write([1], to: "a")
        try test.write([1], to: "b")
        let known = Dictionary(uniqueKeysWithValues: try test.files().map { ($0.path, $0.stamp) })
        try test.write([2], to: "b")
        let found = try test.scan { known[$0] == $1 }.compactMap { finding -> Bool? in
            if case .file(let file) = finding { file.isKnown } else { nil }
        }
        #expect(found == [true, false])
    }

    @Test(arguments: [
        (["a", "A"], 1), (["Ab", "aB", "ab"], 2), (["É", "é"], 1), (["e\u{301}x", "éx"], 1), (["a", "b", "C"], 0),
    ])
    func namesThatDifferInCaseAreTold(names: [String], count: Int) throws {
        let test = try TestFolder()
        for name in names { try test.write([1], to: name) }
        let collisions = try test.scan().filter { finding in
            if case .fault(_, .sameButForCase) = finding { true } else { false }
        }
        #expect(collisions.count == count)
        #expect(try test.files().count == names.count)
    }

    @Test func aTreeThatIsTooDeepIsToldAndDoesNotEndTheWalk() throws {
        let test = try TestFolder()
        var directory = test.folder.root
        for _ in 0..<140 {
            try #require(mkdirat(directory.descriptor, "d", 0o755) == 0)
            directory = try directory.open(Array("d".utf8), flags: O_RDONLY | O_DIRECTORY)
        }
        try test.write([1], to: "e")
        let findings = try test.scan()
        let faults = findings.compactMap { finding -> ScanFault? in
            if case .fault(_, let fault) = finding { fault } else { nil }
        }
        #expect(faults == [.tooLong])
        guard case .file(let last)? = findings.last else {
            Issue.record("the walk did not go on")
            return
        }
        #expect(last.path == (try TreePath("e")))
    }

    @Test func whatIsExcludedIsNotEntered() throws {
        let test = try TestFolder()
        try makeTree(test)
        let scan = try TreeScan(test.folder, names: OwnerNames(), isExcluded: { path, _ in path.name == [97] })
        let paths = scan.next(100).compactMap { finding -> String? in
            if case .file(let file) = finding { file.path.description } else { nil }
        }
        #expect(paths == ["a.b", "a.b/x", "b"])
    }
}
