import FileReplication
import FileSync
import Glibc
import TandemTesting
import Testing

/// What is there when the program is killed while folders exchange files.
@Suite(.serialized, .timeLimit(.minutes(20))) struct FolderCrashTests {
    static let contents = [noise(200_000, seed: 1), noise(600_000, seed: 2)]
    static let files = ["file", "directory/other"]

    /// Has two folders exchange files that somebody replaces again and again, until the process is killed.
    static func churn(_ base: String) async throws {
        let rig = FolderRig(base: base)
        try await rig.start()
        var round = 0
        while true {
            for (number, name) in files.enumerated() {
                // Whoever writes it is killed too: in place, it would be half there through nobody's fault.
                TestFiles.write(contents[(round + number) % 2], to: base + "/passing")
                rename(base + "/passing", rig.nodes[round / 2 % 2].path(name))
            }
            let count = rig.log.count
            await rig.log.more(than: count)
            round += 1
        }
    }

    @Test(arguments: 0..<12) func onlyOldOrNewContentIsThereAfterAKill(round: Int) async throws {
        let directory = TemporaryDirectory()
        let base = directory.path
        for node in 0..<2 {
            mkdir(base + "/root\(node)", 0o755)
            mkdir(base + "/root\(node)/directory", 0o755)
            for name in Self.files { TestFiles.write(Self.contents[0], to: base + "/root\(node)/" + name) }
        }
        let delay = 20_000 + round * 27_919 % 300_000
        await #expect(processExitsWith: .signal(SIGKILL)) { [base = base as String, delay = delay as Int] in
            SuddenDeath.comes(afterMicroseconds: delay)
            try await FolderCrashTests.churn(base)
        }
        for node in 0..<2 {
            for name in Self.files {
                let found = try #require(TestFiles.bytes(base + "/root\(node)/" + name))
                #expect(Self.contents.contains(found), "node \(node), \(name): \(found.count) bytes")
            }
        }
        let rig = FolderRig(base: base)
        try await rig.start()
        try await rig.settle()
        try await rig.until {
            rig.nodes.allSatisfy { TestFiles.names($0.path(".tandem-sync/staged")).isEmpty }
        }
        for node in rig.nodes {
            let isDamaged = rig.log.events(of: node.number).contains {
                if case .indexDamaged = $0 { true } else { false }
            }
            #expect(!isDamaged)
        }
        for content in TestFiles.tree(rig.nodes[0].root).keys {
            #expect(content == "/directory" || Self.files.contains { content.hasPrefix("/" + $0) })
        }
        await rig.stop()
    }
}
