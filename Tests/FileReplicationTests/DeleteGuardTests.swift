import Base
import FileReplication
import Testing

/// Many deletions wait until somebody decides, and a root that is not there deletes nothing.
struct DeleteGuardTests {
    /// Nodes that have `count` files in a directory.
    private static func folder(files count: Int, nodes: Int = 3) -> Simulation {
        let simulation = Simulation(nodes: nodes, seed: 1) { configuration in
            configuration.deleteLimits.share = 0.25
            configuration.deleteLimits.least = 10
        }
        simulation.connectAll()
        for number in 0..<count {
            simulation.write(path("file \(number)"), Array("content \(number)".utf8), node: 0)
        }
        simulation.run(milliseconds: 5000)
        return simulation
    }

    private static func counts(_ simulation: Simulation) -> [Int] {
        simulation.nodes.map { $0.disk.items.count }
    }

    private static func removeAll(_ simulation: Simulation, _ node: Int) {
        let paths = simulation.nodes[node].disk.items.keys.sorted()
        for path in paths { simulation.nodes[node].disk.remove(path) }
        simulation.scan(node)
        simulation.run(milliseconds: 5000)
    }

    @Test func aScanThatFindsNothing() {
        let simulation = Self.folder(files: 100)
        #expect(Self.counts(simulation) == [100, 100, 100])
        Self.removeAll(simulation, 1)
        #expect(Self.counts(simulation) == [100, 0, 100])
        #expect(simulation.events.contains { $0.node == 1 && $0.event == .guardTripped(isLocal: true, count: 100) })
    }

    @Test(arguments: [true, false]) func decision(areMeant: Bool) {
        let simulation = Self.folder(files: 100)
        Self.removeAll(simulation, 1)
        // What one node lets through, others may still doubt.
        for _ in 0..<3 {
            for node in 0..<3 {
                let now = simulation.now
                simulation.tell(node) { $0.decideDeletions(areMeant: areMeant, now: now) }
            }
            simulation.run(milliseconds: 70_000)
        }
        let rest = areMeant ? 0 : 100
        #expect(Self.counts(simulation).allSatisfy { areMeant ? $0 < 100 : $0 == rest })
    }

    /// Deletions of a peer, one after the other.
    @Test func aPeerThatDeletesEverything() {
        let simulation = Self.folder(files: 100)
        let now = simulation.now
        for path in simulation.nodes[0].disk.items.keys.sorted() { simulation.nodes[0].disk.remove(path) }
        simulation.tell(0) { $0.beginScan() }
        simulation.tell(0) { $0.listed(.root, [], now: now) }
        simulation.tell(0) { $0.endScan(now: now) }
        simulation.run(milliseconds: 1000)
        simulation.tell(0) { $0.decideDeletions(areMeant: true, now: now) }
        simulation.run(milliseconds: 5000)
        #expect(Self.counts(simulation) == [0, 75, 75])
        #expect(simulation.events.contains { $0.node == 1 && $0.event == .guardTripped(isLocal: false, count: 1) })
        let later = simulation.now
        for node in [1, 2] { simulation.tell(node) { $0.decideDeletions(areMeant: false, now: later) } }
        simulation.run(milliseconds: 10_000)
        #expect(Self.counts(simulation) == [75, 75, 75])
    }

    @Test func theRootIsGone() {
        let simulation = Self.folder(files: 20)
        let disk = simulation.nodes[1].disk
        simulation.tell(1) { $0.rootVanished() }
        simulation.nodes[1].disk = SimulatedDisk()
        simulation.saw(1, disk.items.keys.sorted())
        simulation.run(milliseconds: 5000)
        #expect(simulation.nodes[1].disk.items.isEmpty)
        #expect(Self.counts(simulation) == [20, 0, 20])
        simulation.nodes[1].disk = disk
        let now = simulation.now
        simulation.tell(1) { $0.rootReturned(now: now) }
        simulation.scan(1)
        #expect(simulation.settle())
        #expect(Self.counts(simulation) == [20, 20, 20])
    }

    /// A full disk is waited out.
    @Test func theDiskIsFull() {
        let simulation = Self.folder(files: 5)
        simulation.nodes[2].disk.failure = .noSpace
        simulation.write(path("more"), [1, 2, 3], node: 0)
        simulation.run(milliseconds: 30_000)
        #expect(Self.counts(simulation) == [6, 6, 5])
        #expect(simulation.events.contains { $0.node == 2 && $0.event == .paused(.noSpace) })
        simulation.nodes[2].disk.failure = nil
        #expect(simulation.settle())
        #expect(Self.counts(simulation) == [6, 6, 6])
    }
}
