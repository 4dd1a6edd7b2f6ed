import Base
import Testing

@testable import FileReplication

/// Files that only the node may change that made them, with a node that was told otherwise.
struct OwnerTests {
    private static let file = path("call.wav")

    /// Three nodes that have a file of the first; the second one believes that everybody may change it.
    private static func simulation() -> Simulation {
        let simulation = Simulation(nodes: 3, seed: 7) { $0.ownership = .single }
        simulation.connectAll()
        simulation.write(file, [1], node: 0)
        #expect(simulation.settle())
        var configuration = simulation.configuration
        configuration.ownership = .shared
        let (other, now) = (configuration, simulation.now)
        simulation.tell(1) { $0.reconfigure(other, now: now) }
        return simulation
    }

    private static func content(_ simulation: Simulation, _ node: Int) -> [UInt8]? {
        simulation.nodes[node].disk.items[file]?.content
    }

    private static func refusals(_ simulation: Simulation, _ node: Int) -> Int {
        simulation.events.count { $0.node == node && $0.event == .changeRefused(file, by: Simulation.id(1)) }
    }

    private static func remove(_ simulation: Simulation) {
        simulation.use(1) { disk in
            disk.remove(file)
            return [file]
        }
    }

    /// The change is taken back everywhere, and is kept beside the file; who made the file is told of it.
    @Test func aChangeOfSomebodyElseIsTakenBack() {
        let simulation = Self.simulation()
        simulation.write(Self.file, [2], node: 1)
        simulation.run(milliseconds: 5000)
        #expect(simulation.settle())
        for node in simulation.nodes.indices {
            #expect(Self.content(simulation, node) == [1])
            let copies = simulation.nodes[node].disk.items.filter { $0.key != Self.file }
            #expect(copies.count == 1)
            #expect(copies.allSatisfy { $0.value.content == [2] && ConflictName.isOne($0.key.name) })
            #expect(simulation.nodes[node].replica?.refusedCount == 0)
        }
        #expect(Self.refusals(simulation, 0) == 1)
        #expect(Self.refusals(simulation, 2) <= 1)
        // Its own changes are as good as before.
        simulation.write(Self.file, [3], node: 0)
        simulation.run(milliseconds: 3000)
        #expect(simulation.settle())
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0) == [3] })
    }

    @Test func aRemovalBySomebodyElseIsTakenBack() {
        let simulation = Self.simulation()
        Self.remove(simulation)
        simulation.run(milliseconds: 5000)
        #expect(simulation.settle())
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0) == [1] })
        #expect(Self.refusals(simulation, 0) == 1)
    }

    /// As long as the owner is away nobody follows, which is told once for each change; when it is back, all is as it made it.
    @Test func theOwnerIsAway() {
        let simulation = Self.simulation()
        simulation.disconnect(0, 1)
        simulation.disconnect(0, 2)
        simulation.write(Self.file, [2], node: 1)
        // Both are compared again and again meanwhile.
        simulation.run(milliseconds: 300_000)
        #expect(Self.content(simulation, 1) == [2])
        #expect(Self.content(simulation, 2) == [1])
        #expect(Self.refusals(simulation, 2) == 1)
        #expect(simulation.nodes[2].replica?.refusedCount == 1)
        #expect(simulation.nodes[2].replica?.explain(Self.file).contains { $0.hasPrefix("refused:") } == true)
        Self.remove(simulation)
        simulation.run(milliseconds: 300_000)
        #expect(Self.content(simulation, 2) == [1])
        #expect(Self.refusals(simulation, 2) == 2)
        #expect(simulation.settle())
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0) == [1] })
        #expect(simulation.nodes.allSatisfy { $0.replica?.refusedCount == 0 })
    }

    /// The owner changes the file too, and neither knows of the other: the owner's version is the one, whatever the clocks say.
    @Test(arguments: [Int64(-3_600_000_000_000), 3_600_000_000_000]) func bothChangeIt(skew: Int64) {
        let simulation = Self.simulation()
        simulation.nodes[1].skew = skew
        for node in [0, 2] { simulation.disconnect(1, node) }
        simulation.write(Self.file, [2], node: 1)
        simulation.write(Self.file, [3, 3], node: 0)
        simulation.run(milliseconds: 3000)
        #expect(simulation.settle())
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0) == [3, 3] })
        #expect(simulation.nodes.allSatisfy { node in node.disk.items.values.contains { $0.content == [2] } })
    }

    /// A file that its owner has removed is another one's who makes it again.
    @Test func whatAnotherOneMadeAfterARemovalIsItsOwn() {
        let simulation = Simulation(nodes: 3, seed: 9) { $0.ownership = .single }
        simulation.connectAll()
        simulation.write(Self.file, [1], node: 0)
        #expect(simulation.settle())
        simulation.use(0) { disk in
            disk.remove(Self.file)
            return [Self.file]
        }
        #expect(simulation.settle())
        simulation.write(Self.file, [2], node: 1)
        simulation.run(milliseconds: 2000)
        #expect(simulation.settle())
        simulation.write(Self.file, [4], node: 1)
        simulation.run(milliseconds: 2000)
        #expect(simulation.settle())
        #expect(simulation.nodes.indices.allSatisfy { Self.content(simulation, $0) == [4] })
        #expect(!simulation.events.contains { if case .changeRefused = $0.event { true } else { false } })
    }
}

/// Which news of other nodes' files are taken.
struct ForeignChangeTests {
    private static let (own, owner, other) = (NodeID(1), NodeID(2), NodeID(3))

    struct Row: Sendable {
        /// What is known before: whether there is a version of the owner.
        var isKnown: Bool
        var ownership: FolderConfiguration.Ownership
        /// Who tells of the change that another node has made of it.
        var peer: NodeID
        var isDeleted: Bool
        var isTaken: Bool
    }

    static let rows = [
        Row(isKnown: true, ownership: .single, peer: other, isDeleted: false, isTaken: false),
        Row(isKnown: true, ownership: .single, peer: other, isDeleted: true, isTaken: false),
        // Where nothing is known there is nothing to be kept.
        Row(isKnown: false, ownership: .single, peer: other, isDeleted: false, isTaken: true),
        // The owner wants it so: everybody could change it when it was changed.
        Row(isKnown: true, ownership: .single, peer: owner, isDeleted: false, isTaken: true),
        Row(isKnown: true, ownership: .shared, peer: other, isDeleted: false, isTaken: true),
    ]

    @Test(arguments: rows) func isTaken(row: Row) throws {
        var configuration = FolderConfiguration(members: [Self.own: "a", Self.owner: "b", Self.other: "c"])
        configuration.ownership = row.ownership
        var replica = try FolderReplica(own: Self.own, configuration: configuration)
        for peer in [Self.owner, Self.other] { replica.connected(peer, now: .zero) }
        func news(_ record: FileRecord) -> ReplicaMessage {
            .records([ReplicaMessage.RecordNews(path: path("d"), record: record, isHeld: true, source: nil)])
        }
        let first = FileVersion(
            dot: Dot(node: Self.owner, counter: 1),
            metadata: FileMetadata(kind: .directory),
            owner: Self.owner
        )
        var record = FileRecord()
        record.change(to: first, replacing: nil)
        if row.isKnown { replica.received(news(record), from: Self.owner, now: .zero) }
        var change = first
        (change.dot, change.isDeleted) = (Dot(node: Self.other, counter: 1), row.isDeleted)
        record.change(to: change, replacing: first.dot)
        replica.received(news(record), from: row.peer, now: .zero)
        #expect((replica.index[path("d")].record == record) == row.isTaken)
        let events = replica.popActions().filter { action in
            if case .tell(.changeRefused(path("d"), by: Self.other)) = action { true } else { false }
        }
        #expect(events.count == (row.isTaken ? 0 : 1))
        #expect(replica.refusedCount == events.count)
    }
}
