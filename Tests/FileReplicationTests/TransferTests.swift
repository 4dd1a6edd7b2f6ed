import Base
import FileReplication
import Testing

/// What goes over the wire, and what does not have to.
struct TransferTests {
    private static func folder(nodes: Int = 2, _ change: (inout FolderConfiguration) -> Void = { _ in }) -> Simulation {
        let simulation = Simulation(nodes: nodes, seed: 3, change)
        simulation.connectAll()
        return simulation
    }

    private static func content(_ length: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static func write(_ simulation: Simulation, _ file: String, _ content: [UInt8], node: Int = 0) {
        simulation.write(path(file), content, node: node)
    }

    private static func content(_ simulation: Simulation, _ file: String, node: Int = 1) -> [UInt8]? {
        simulation.nodes[node].disk.items[path(file)]?.content
    }

    @Test(arguments: [0, 1, 20_000, 300_000, 2_000_000]) func sizes(length: Int) {
        let simulation = Self.folder()
        let content = Self.content(length)
        Self.write(simulation, "file", content)
        #expect(simulation.settle())
        #expect(Self.content(simulation, "file") == content)
        #expect(simulation.contentSent == length)
    }

    /// A file under another name is renamed, with next to nothing on the wire.
    @Test(arguments: ["elsewhere", "directory/file"]) func renames(target: String) {
        let simulation = Self.folder(nodes: 3)
        Self.write(simulation, "file", Self.content(1_000_000))
        simulation.use(0) { disk in
            disk.makeDirectory(path("directory"))
            return [path("directory")]
        }
        #expect(simulation.settle())
        let (bytes, content) = (simulation.bytesSent, simulation.contentSent)
        simulation.nodes[0].disk.rename(path("file"), to: path(target))
        simulation.schedule(.moved(0, epoch: 0, path("file"), path(target)), after: 1)
        simulation.run(milliseconds: 400)
        #expect(Self.content(simulation, target)?.count == 1_000_000)
        #expect(Self.content(simulation, "file") == nil)
        #expect(simulation.contentSent == content)
        // To each of two peers, with their digests.
        #expect(simulation.bytesSent - bytes < 2 * 1024)
    }

    @Test func directoriesAreRenamed() {
        let simulation = Self.folder()
        simulation.use(0) { disk in
            disk.makeDirectory(path("a"))
            return [path("a")]
        }
        for number in 0..<20 { Self.write(simulation, "a/\(number)", Self.content(10_000, seed: UInt64(number))) }
        #expect(simulation.settle())
        let content = simulation.contentSent
        simulation.nodes[0].disk.rename(path("a"), to: path("b"))
        simulation.schedule(.moved(0, epoch: 0, path("a"), path("b")), after: 1)
        simulation.run(milliseconds: 100)
        #expect(simulation.settle())
        #expect(simulation.nodes[1].disk.items.count == 21)
        #expect(simulation.contentSent == content)
    }

    /// What is appended is sent, and the last chunk before it.
    @Test func appends() {
        let simulation = Self.folder()
        var content = Self.content(2_000_000)
        Self.write(simulation, "file", content)
        #expect(simulation.settle())
        let before = simulation.contentSent
        content += Self.content(160 << 10, seed: 2)
        Self.write(simulation, "file", content)
        #expect(simulation.settle())
        #expect(Self.content(simulation, "file") == content)
        #expect(simulation.contentSent - before <= 160 << 10 + SimulatedDisk.chunkSize)
    }

    /// A connection that is cut again and again, and a node that is restarted: what was written is not fetched again.
    @Test func resumption() {
        let simulation = Self.folder()
        let content = Self.content(3_000_000)
        Self.write(simulation, "file", content)
        simulation.run(milliseconds: 300)
        for _ in 0..<5 {
            simulation.disconnect(0, 1)
            simulation.run(milliseconds: 50)
            simulation.connect(0, 1)
            simulation.run(milliseconds: 400)
        }
        simulation.crash(1)
        simulation.start(1)
        #expect(simulation.settle())
        #expect(Self.content(simulation, "file") == content)
        // What was on its way at each cut is sent twice.
        #expect(simulation.contentSent < content.count + 6 * simulation.configuration.window)
    }

    /// Small files do not wait until large ones are through, however many these are.
    @Test(arguments: [1, 100]) func smallFilesOvertake(large: Int) {
        let simulation = Self.folder { $0.window = 64 << 10 }
        Self.write(simulation, "large", Self.content(4_000_000))
        for number in 1..<large {
            Self.write(simulation, "large \(number)", Array(repeating: UInt8(number), count: 260 << 10))
        }
        simulation.run(milliseconds: 1500)
        for number in 0..<30 { Self.write(simulation, "small \(number)", Self.content(3000, seed: UInt64(number) + 9)) }
        simulation.run(milliseconds: 2500)
        let there = (0..<30).count { Self.content(simulation, "small \($0)") != nil }
        #expect(there == 30)
        #expect(Self.content(simulation, "large") == nil)
    }

    /// A thousand small files do not take a thousand messages.
    @Test func smallFilesTogether() {
        let simulation = Self.folder()
        for number in 0..<1000 { Self.write(simulation, "\(number)", Self.content(100, seed: UInt64(number))) }
        #expect(simulation.settle())
        #expect(simulation.nodes[1].disk.items.count == 1000)
        #expect(simulation.bytesSent < 1000 * 500)
    }

    @Test func theSecondNameOfAFile() {
        let simulation = Self.folder()
        let content = Self.content(50_000)
        Self.write(simulation, "one", content)
        #expect(simulation.settle())
        Self.write(simulation, "two", content)
        simulation.run(milliseconds: 1)
        guard var what = simulation.nodes[0].disk.observation(path("two")) else { return }
        what.link = path("one")
        let (now, sent) = (simulation.now, simulation.contentSent)
        simulation.tell(0) { $0.observed([(path("two"), what)], now: now) }
        #expect(simulation.settle())
        #expect(Self.content(simulation, "two") == content)
        #expect(simulation.contentSent == sent)
    }

    /// A name of a file that has another time where it is to be made: there it is a file of its own.
    @Test func theSecondNameOfAFileThatIsAnotherOne() {
        let simulation = Self.folder()
        let content = Self.content(50_000)
        Self.write(simulation, "one", content)
        #expect(simulation.settle())
        simulation.disconnect(0, 1)
        Self.write(simulation, "two", content)
        simulation.run(milliseconds: 1)
        guard var what = simulation.nodes[0].disk.observation(path("two")) else { return }
        what.link = path("one")
        let now = simulation.now
        simulation.tell(0) { $0.observed([(path("two"), what)], now: now) }
        simulation.run(milliseconds: 500)
        Self.write(simulation, "one", content, node: 1)
        simulation.connect(0, 1)
        #expect(simulation.settle())
        for name in ["one", "two"] {
            let items = simulation.nodes.map { $0.disk.items[path(name)] }
            #expect(items[0]?.metadata != nil && items[0]?.metadata == items[1]?.metadata)
        }
    }
}

/// Recordings, while they are made.
struct GrowthTests {
    private static let file = path("call.wav")

    private static func tell(_ simulation: Simulation, _ node: Int) {
        guard let item = simulation.nodes[node].disk.items[file] else { return }
        let now = simulation.now
        simulation.tell(node) { $0.grew(file, metadata: item.metadata, now: now) }
    }

    private static func record(_ simulation: Simulation, _ node: Int, _ pieces: Int) {
        for _ in 0..<pieces {
            simulation.nodes[node].disk.append(
                file,
                Array(repeating: UInt8(node + 1), count: 4000),
                at: simulation.time(node)
            )
            tell(simulation, node)
            simulation.run(milliseconds: 250)
        }
    }

    private static func begun() -> Simulation {
        let simulation = Simulation(nodes: 3, seed: 5)
        simulation.connectAll()
        let time = simulation.time(0)
        simulation.nodes[0].disk.write(file, Array("RIFF".utf8), at: time)
        tell(simulation, 0)
        simulation.run(milliseconds: 300)
        return simulation
    }

    private static func close(_ simulation: Simulation, _ node: Int) {
        guard let what = simulation.nodes[node].disk.observation(file) else { return }
        let now = simulation.now
        simulation.tell(node) { $0.closed(file, what: what, now: now) }
    }

    private static func staged(_ simulation: Simulation, _ node: Int) -> Int {
        simulation.nodes[node].disk.staged.values.map(\.count).max() ?? 0
    }

    @Test func othersFollow() {
        let simulation = Self.begun()
        Self.record(simulation, 0, 10)
        #expect(Self.staged(simulation, 1) == 40_004)
        #expect(Self.staged(simulation, 2) == 40_004)
        // It is under its name when it is closed, and nothing of it is sent again.
        #expect(simulation.nodes[1].disk.items[Self.file] == nil)
        let sent = simulation.contentSent
        Self.close(simulation, 0)
        #expect(simulation.settle())
        #expect(
            simulation.nodes[1].disk.items[Self.file]?.content == simulation.nodes[0].disk.items[Self.file]?.content
        )
        #expect(simulation.contentSent == sent)
        #expect(simulation.nodes[1].disk.staged.isEmpty)
    }

    /// The header is written last: only the chunk that it is in is sent.
    @Test func aHeaderThatChanges() {
        let simulation = Self.begun()
        Self.record(simulation, 0, 10)
        guard var content = simulation.nodes[0].disk.items[Self.file]?.content else { return }
        content[0] = 0
        let sent = simulation.contentSent
        let time = simulation.time(0)
        simulation.nodes[0].disk.write(Self.file, content, at: time)
        Self.close(simulation, 0)
        #expect(simulation.settle())
        #expect(simulation.nodes[2].disk.items[Self.file]?.content == content)
        #expect(simulation.contentSent - sent == 2 * SimulatedDisk.chunkSize)
    }

    /// The node that records dies; another one goes on, and the third has it all.
    @Test func failover() {
        let simulation = Self.begun()
        Self.record(simulation, 0, 8)
        simulation.crash(0)
        simulation.run(milliseconds: 100)
        let now = simulation.now
        var isContinued = false
        simulation.tell(1) { isContinued = $0.continueGrowing(Self.file, now: now) }
        #expect(isContinued)
        simulation.run(milliseconds: 100)
        #expect(simulation.nodes[1].disk.items[Self.file]?.content.count == 32_004)
        Self.record(simulation, 1, 5)
        #expect(Self.staged(simulation, 2) == 52_004)
        let content = simulation.nodes[1].disk.items[Self.file]?.content
        Self.close(simulation, 1)
        simulation.run(milliseconds: 2000)
        #expect(simulation.nodes[2].disk.items[Self.file]?.content == content)
        // The first one comes back with what it had: that is kept beside.
        #expect(simulation.settle())
        let trees = simulation.nodes.map { Set($0.disk.items.values.map(\.content)) }
        #expect(trees.allSatisfy { $0 == trees[0] })
        #expect(content.map { trees[0].contains($0) } == true)
    }
}
