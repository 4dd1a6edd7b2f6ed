import Base
import FileReplication
import Testing

/// Random operations on several nodes, with partitions and crashes: at the end all have the same, nothing is lost, and
/// nothing comes back that was deleted.
struct SimulationTests {
    #if DEBUG
    static let seeds = UInt64(1)...UInt64(4)
    #else
    static let seeds = UInt64(1)...UInt64(300)
    #endif

    @Test(arguments: seeds) func convergence(seed: UInt64) {
        let problem = Self.problem(seed: seed)
        #expect(problem == nil, "seed \(seed)")
    }

    /// What is wrong at the end of the run that begins with this seed.
    static func problem(seed: UInt64, operations: Int = 150) -> String? {
        var choice = SeededGenerator(seed: seed &* 7919)
        let count = Int.random(in: 3...6, using: &choice)
        let simulation = Simulation(nodes: count, seed: seed)
        var user = RandomUser()
        simulation.connectAll()
        for _ in 0..<operations {
            user.act(simulation)
            disturb(simulation, &user, &choice)
            let pause =
                Bool.random(using: &choice)
                ? Double.random(in: 0...30, using: &choice) : Double.random(in: 0...800, using: &choice)
            simulation.run(milliseconds: pause)
        }
        user.closeAll(simulation)
        guard simulation.settle() else { return "no end: \(describe(simulation))" }
        return difference(simulation) ?? loss(simulation, user) ?? resurrection(simulation, user)
    }

    private static func disturb(
        _ simulation: Simulation,
        _ user: inout RandomUser,
        _ choice: inout SeededGenerator
    ) {
        let (one, other) = (
            Int.random(in: simulation.nodes.indices, using: &choice),
            Int.random(in: simulation.nodes.indices, using: &choice)
        )
        switch Int.random(in: 0..<100, using: &choice) {
        case 0..<8: simulation.disconnect(one, other)
        case 8..<10:
            for node in simulation.nodes.indices { simulation.disconnect(one, node) }
        case 10..<22: simulation.connect(one, other)
        case 22..<25:
            guard simulation.nodes[one].replica != nil else { return }
            user.stopWriting(simulation, one)
            simulation.crash(one)
            simulation.schedule(.restart(one), after: Double.random(in: 0...3000, using: &choice))
        case 25: simulation.connectAll()
        default: break
        }
    }

    private static func difference(_ simulation: Simulation) -> String? {
        let first = simulation.nodes[0].disk.items
        for (number, node) in simulation.nodes.enumerated().dropFirst() {
            for path in Set(first.keys).union(node.disk.items.keys).sorted() {
                let (one, other) = (first[path], node.disk.items[path])
                guard one?.metadata == other?.metadata, one?.content == other?.content else {
                    return
                        "\(path) differs between 0 and \(number): \(String(describing: one?.metadata)), \(String(describing: other?.metadata))"
                }
            }
        }
        return nil
    }

    private static func loss(_ simulation: Simulation, _ user: RandomUser) -> String? {
        let there = Set(simulation.nodes[0].disk.items.values.map(\.content))
        return user.wanted.subtracting(there).first.map {
            "lost: \(String(decoding: $0.prefix(20), as: UTF8.self))"
        }
    }

    private static func resurrection(_ simulation: Simulation, _ user: RandomUser) -> String? {
        for (path, item) in simulation.nodes[0].disk.items where item.metadata.kind == .file {
            // A copy that was deleted is made again by a node that keeps the same version and could not know.
            if String(decoding: path.name, as: UTF8.self).contains(".conflict-") { continue }
            let placed = RandomUser.Placed(path: path, content: item.content)
            if user.destroyed.contains(placed), !user.placed.contains(placed) {
                return "back again: \(path), \(String(decoding: item.content.prefix(20), as: UTF8.self))"
            }
        }
        return nil
    }

    private static func describe(_ simulation: Simulation) -> String {
        simulation.nodes.enumerated().map { number, node in
            guard let replica = node.replica else { return "\(number) is down" }
            let digest = replica.index.digest.low % 1000
            let counts =
                "\(replica.index.count) known, \(replica.index.liveCount) live, \(replica.unsettledCount) to do"
            let dead = replica.index.paths.filter { replica.index[$0].record.isTombstone }
            let growing = replica.index.paths.filter { replica.index[$0].record.winner?.isGrowing == true }
            let paths = (growing + replica.unsettledPaths + dead).prefix(4).map {
                "\n    \($0): " + replica.explain($0).joined(separator: "; ")
            }
            return "\n\(number): \(digest), \(counts), idle \(replica.isIdle)" + paths.joined()
        }.joined()
    }
}
