import Base
import Testing

@testable import FileReplication

/// Patterns, as rsync has them.
struct FilterTests {
    struct Row: Sendable {
        var rules: [String]
        var path: String
        var isDirectory = false
        var isIncluded: Bool
    }

    static let rows = [
        Row(rules: [], path: "a", isIncluded: true),
        Row(rules: ["- *.tmp"], path: "a.tmp", isIncluded: false),
        Row(rules: ["*.tmp"], path: "b/c/a.tmp", isIncluded: false),
        Row(rules: ["*.tmp"], path: "a.tmpx", isIncluded: true),
        Row(rules: ["+ keep.tmp", "- *.tmp"], path: "x/keep.tmp", isIncluded: true),
        Row(rules: ["- *.tmp", "+ keep.tmp"], path: "keep.tmp", isIncluded: false),
        Row(rules: ["/top"], path: "top", isIncluded: false),
        Row(rules: ["/top"], path: "a/top", isIncluded: true),
        Row(rules: ["cache/"], path: "a/cache", isDirectory: true, isIncluded: false),
        Row(rules: ["cache/"], path: "a/cache", isIncluded: true),
        Row(rules: ["cache/"], path: "a/cache/b/c", isIncluded: false),
        Row(rules: ["a/b"], path: "a/b", isIncluded: false),
        Row(rules: ["a/b"], path: "x/a/b", isIncluded: false),
        Row(rules: ["a/b"], path: "x/aa/b", isIncluded: true),
        Row(rules: ["/a/*/c"], path: "a/b/c", isIncluded: false),
        Row(rules: ["/a/*/c"], path: "a/b/b/c", isIncluded: true),
        Row(rules: ["/a/**/c"], path: "a/b/b/c", isIncluded: false),
        Row(rules: ["**.wav"], path: "a/b.wav", isIncluded: false),
        Row(rules: ["a?c"], path: "abc", isIncluded: false),
        Row(rules: ["a?c"], path: "ac", isIncluded: true),
        Row(rules: ["[a-c]x"], path: "bx", isIncluded: false),
        Row(rules: ["[!a-c]x"], path: "bx", isIncluded: true),
        Row(rules: ["[]]"], path: "]", isIncluded: false),
        Row(rules: ["a\\*b"], path: "a*b", isIncluded: false),
        Row(rules: ["a\\*b"], path: "axb", isIncluded: true),
        Row(rules: ["+ */", "+ *.xml", "- *"], path: "a/b.xml", isIncluded: true),
        Row(rules: ["+ */", "+ *.xml", "- *"], path: "a/b.txt", isIncluded: false),
    ]

    @Test(arguments: rows) func rules(row: Row) {
        var rules = FilterRules()
        for rule in row.rules {
            let isRule = rules.append(rule)
            #expect(isRule)
        }
        #expect(
            rules.includes(path(row.path), isDirectory: row.isDirectory) == row.isIncluded,
            "\(row.rules) \(row.path)"
        )
    }

    @Test(arguments: ["", "/", "- ", "[abc", "[b-a]", "a\\"]) func noPattern(text: String) {
        var rules = FilterRules()
        let isRule = rules.append(text)
        #expect(!isRule)
    }

    /// A pattern that makes others go back and forth for ever.
    @Test func manyStars() {
        var rules = FilterRules()
        let isRule = rules.append(String(repeating: "*a", count: 100))
        #expect(isRule)
        #expect(rules.includes(path(String(repeating: "a", count: 99)), isDirectory: false))
        #expect(!rules.includes(path(String(repeating: "a", count: 200)), isDirectory: false))
    }
}

/// Names of versions that did not prevail.
struct ConflictNameTests {
    struct Row: Sendable {
        var file: String
        var node: String?
        var modified: Int64
        var name: String
    }

    static let rows = [
        Row(
            file: "a/vars.xml",
            node: "sw1",
            modified: 1_700_000_000_999_999_999,
            name: "a/vars.xml.conflict-sw1-20231114-221320-1f"
        ),
        Row(file: "f", node: "sw/1\n", modified: 0, name: "f.conflict-sw_1_-19700101-000000-1f"),
        Row(file: "f", node: nil, modified: 951_782_400_000_000_000, name: "f.conflict-ff-20000229-000000-1f"),
        Row(file: "f", node: "", modified: -1, name: "f.conflict-node-19691231-235959-1f"),
        Row(file: "f", node: "n", modified: 4_102_444_799_000_000_000, name: "f.conflict-n-20991231-235959-1f"),
    ]

    @Test(arguments: rows) func names(row: Row) {
        let version = FileVersion(
            dot: Dot(node: NodeID(255), counter: 31),
            metadata: FileMetadata(kind: .file, modified: row.modified),
            owner: NodeID(255)
        )
        #expect(ConflictName.path(for: version, at: path(row.file), nodeName: row.node) == path(row.name))
    }

    @Test(arguments: [Int64.min, .max]) func impossibleTimes(modified: Int64) {
        let version = FileVersion(
            dot: Dot(node: NodeID(255), counter: .max),
            metadata: FileMetadata(kind: .file, modified: modified),
            owner: NodeID(255)
        )
        let long = path(String(repeating: "x", count: 255))
        let name = ConflictName.path(for: version, at: long, nodeName: String(repeating: "n", count: 99))
        #expect(name?.name.count == 255)
    }
}

/// Who may do what.
struct FolderPolicyTests {
    private static func content(_ simulation: Simulation, _ node: Int, _ file: String) -> [UInt8]? {
        simulation.nodes[node].disk.items[path(file)]?.content
    }

    /// Whoever made a file may change it; what another node does is put aside.
    @Test func singleOwner() {
        let simulation = Simulation(nodes: 3, seed: 2) { $0.ownership = .single }
        simulation.connectAll()
        simulation.write(path("call.wav"), [1], node: 0)
        #expect(simulation.settle())
        simulation.write(path("call.wav"), [2], node: 1)
        simulation.run(milliseconds: 3000)
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0, "call.wav") == [1] })
        #expect(simulation.events.contains { $0.node == 1 && $0.event == .localChangeIgnored(path("call.wav")) })
        simulation.use(2) { disk in
            disk.remove(path("call.wav"))
            return [path("call.wav")]
        }
        simulation.run(milliseconds: 3000)
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0, "call.wav") == [1] })
        simulation.write(path("call.wav"), [3], node: 0)
        simulation.run(milliseconds: 3000)
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0, "call.wav") == [3] })
    }

    /// Nobody writes where a node keeps what is its own.
    @Test func thePrivateDirectory() throws {
        let configuration = FolderConfiguration(members: [NodeID(1): "a", NodeID(2): "b"])
        var replica = try FolderReplica(own: NodeID(1), configuration: configuration)
        replica.connected(NodeID(2), now: .zero)
        for file in [".tandem-sync", ".tandem-sync/marker", "allowed"] {
            let version = FileVersion(
                dot: Dot(node: NodeID(2), counter: 1),
                metadata: FileMetadata(kind: .directory),
                owner: NodeID(2)
            )
            var record = FileRecord()
            record.change(to: version, replacing: nil)
            let news = ReplicaMessage.RecordNews(path: path(file), record: record, isHeld: true, source: nil)
            replica.received(.records([news]), from: NodeID(2), now: .zero)
        }
        let made = replica.popActions().compactMap { action -> TreePath? in
            if case .perform(_, .makeDirectory(let path, _, _)) = action { path } else { nil }
        }
        #expect(made == [path("allowed")])
    }

    @Test func filters() {
        let simulation = Simulation(nodes: 2, seed: 2) { configuration in
            _ = configuration.filter.append("- *.tmp")
        }
        simulation.connectAll()
        simulation.write(path("a.tmp"), [1], node: 0)
        simulation.write(path("a"), [2], node: 0)
        #expect(simulation.settle())
        #expect(Self.content(simulation, 1, "a") == [2])
        #expect(Self.content(simulation, 1, "a.tmp") == nil)
    }

    /// Losing versions go to the versions folder, and nothing is beside the file.
    @Test func versionsFolder() {
        let simulation = Simulation(nodes: 2, seed: 2) { $0.conflicts = .versions }
        simulation.write(path("a"), [1], node: 0)
        simulation.write(path("a"), [2, 2], node: 1)
        simulation.run(milliseconds: 500)
        #expect(simulation.settle())
        #expect(simulation.nodes.allSatisfy { $0.disk.items.count == 1 })
        #expect(simulation.events.contains { $0.event == .conflict(path("a"), keptAs: nil) })
    }

    /// The same made on two nodes is no conflict.
    @Test func sameContent() {
        let simulation = Simulation(nodes: 3, seed: 2)
        for node in 0..<3 { simulation.write(path("a"), [1, 2, 3], node: node) }
        simulation.run(milliseconds: 500)
        #expect(simulation.settle())
        #expect(simulation.nodes.allSatisfy { $0.disk.items.count == 1 })
        #expect(simulation.contentSent == 0)
    }
}
