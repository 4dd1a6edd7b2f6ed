import Base
import FileReplication

/// Somebody who does what nobody expects, and remembers what must not be lost and what must not come back.
struct RandomUser {
    /// Contents that nobody has deleted or overwritten where they were.
    private(set) var wanted: Set<[UInt8]> = []
    /// Contents that were deleted or replaced at a path by somebody who could see them.
    private(set) var destroyed: Set<Placed> = []
    private var written: UInt64 = 0
    /// Files that are being written, and how often they will be.
    private var growing: [Int: (path: TreePath, inode: UInt64?, left: Int)] = [:]

    struct Placed: Hashable {
        var path: TreePath
        var content: [UInt8]
    }

    private static let names = ["a", "b", "c", "d e", "f\n", "x.wav"]

    mutating func act(_ simulation: Simulation) {
        let node = Int.random(in: simulation.nodes.indices, using: &simulation.random)
        guard simulation.nodes[node].replica != nil else { return }
        switch Int.random(in: 0..<100, using: &simulation.random) {
        case 0..<38: write(simulation, node)
        case 38..<52: remove(simulation, node)
        case 52..<66: rename(simulation, node)
        case 66..<76: makeDirectory(simulation, node)
        case 76..<80: link(simulation, node)
        default: grow(simulation, node)
        }
    }

    private func randomPath(_ simulation: Simulation, _ node: Int) -> TreePath? {
        guard let directory = simulation.nodes[node].disk.directories.randomElement(using: &simulation.random),
            directory.depth < 3, let name = Self.names.randomElement(using: &simulation.random)
        else { return nil }
        return try? directory.appending(Array(name.utf8))
    }

    /// What the node's replica had stored of this content is gone by a decision.
    private mutating func destroy(_ simulation: Simulation, _ node: Int, _ path: TreePath) {
        guard let item = simulation.nodes[node].disk.items[path], item.metadata.kind == .file else { return }
        wanted.remove(item.content)
        guard let stored = simulation.nodes[node].store[path], let entry = try? IndexEntry(decoding: stored),
            entry.held?.hash == item.hash
        else { return }
        destroyed.insert(Placed(path: path, content: item.content))
    }

    private mutating func destroy(_ simulation: Simulation, _ node: Int, beneath directory: TreePath) {
        for path in simulation.nodes[node].disk.items.keys where path == directory || path.isBelow(directory) {
            destroy(simulation, node, path)
        }
    }

    private func isBusy(_ node: Int, _ path: TreePath) -> Bool {
        guard let file = growing[node] else { return false }
        return file.path == path || file.path.isBelow(path)
    }

    private mutating func newContent(_ simulation: Simulation) -> [UInt8] {
        written += 1
        let length: Int
        switch Int.random(in: 0..<20, using: &simulation.random) {
        case 0: length = 300_000
        case 1...4: length = 5000
        default: length = 20
        }
        let token = Array("content \(written) ".utf8)
        return token + Array(repeating: UInt8(truncatingIfNeeded: written), count: length)
    }

    private mutating func write(_ simulation: Simulation, _ node: Int) {
        guard let path = randomPath(simulation, node), !isBusy(node, path),
            simulation.nodes[node].disk.items[path]?.metadata.kind != .directory
        else { return }
        destroy(simulation, node, path)
        let content = newContent(simulation)
        wanted.insert(content)
        simulation.write(path, content, node: node)
    }

    private mutating func remove(_ simulation: Simulation, _ node: Int) {
        let paths = simulation.nodes[node].disk.items.keys.sorted()
        guard let path = paths.randomElement(using: &simulation.random), !isBusy(node, path) else { return }
        destroy(simulation, node, beneath: path)
        simulation.use(node) { disk in
            disk.remove(path)
            return [path]
        }
    }

    private mutating func rename(_ simulation: Simulation, _ node: Int) {
        let paths = simulation.nodes[node].disk.items.keys.sorted()
        guard let from = paths.randomElement(using: &simulation.random), let target = randomPath(simulation, node),
            !isBusy(node, from), !isBusy(node, target), target != from, !target.isBelow(from)
        else { return }
        let items = simulation.nodes[node].disk.items
        let isFile = items[from]?.metadata.kind != .directory
        guard items[target] == nil || (isFile && items[target]?.metadata.kind != .directory) else { return }
        destroy(simulation, node, target)
        for (path, item) in items where path == from || path.isBelow(from) {
            let kept = wanted.contains(item.content)
            destroy(simulation, node, path)
            if kept { wanted.insert(item.content) }
            if let moved = try? TreePath(target.bytes + path.bytes.dropFirst(from.bytes.count)) {
                placed.insert(Placed(path: moved, content: item.content))
            }
        }
        let epoch = simulation.nodes[node].epoch
        let isPaired = Int.random(in: 0..<4, using: &simulation.random) > 0
        simulation.nodes[node].disk.rename(from, to: target)
        let below = simulation.nodes[node].disk.items.keys.filter { $0.isBelow(target) }.sorted()
        if isPaired {
            simulation.schedule(.moved(node, epoch: epoch, from, target), after: 5)
        } else {
            simulation.saw(node, [target] + below)
            simulation.saw(node, [from])
        }
    }

    /// Where contents were brought by renaming: they may be there after all.
    private(set) var placed: Set<Placed> = []

    private mutating func makeDirectory(_ simulation: Simulation, _ node: Int) {
        guard let path = randomPath(simulation, node), simulation.nodes[node].disk.items[path] == nil else { return }
        simulation.use(node) { disk in
            disk.makeDirectory(path)
            return [path]
        }
    }

    private mutating func link(_ simulation: Simulation, _ node: Int) {
        guard let path = randomPath(simulation, node), simulation.nodes[node].disk.items[path] == nil else { return }
        let time = simulation.time(node)
        written += 1
        let target = "target \(written)"
        simulation.use(node) { disk in
            disk.makeLink(path, to: target, at: time)
            return [path]
        }
    }

    // MARK: Files that grow

    private mutating func grow(_ simulation: Simulation, _ node: Int) {
        guard let file = growing[node] else { return begin(simulation, node) }
        // What is written to a file that is replaced nobody sees.
        guard simulation.nodes[node].disk.items[file.path]?.inode == file.inode else { return growing[node] = nil }
        let time = simulation.time(node)
        guard file.left > 0 else { return close(simulation, node) }
        growing[node]?.left -= 1
        simulation.nodes[node].disk.append(file.path, Array(repeating: 7, count: 1000), at: time)
        tell(simulation, node, file.path)
    }

    private mutating func begin(_ simulation: Simulation, _ node: Int) {
        guard let path = randomPath(simulation, node), simulation.nodes[node].disk.items[path] == nil else { return }
        written += 1
        let token = Array("recording \(written) ".utf8)
        let left = Int.random(in: 1...6, using: &simulation.random)
        let time = simulation.time(node)
        simulation.nodes[node].disk.write(path, token, at: time)
        growing[node] = (path, simulation.nodes[node].disk.items[path]?.inode, left)
        tell(simulation, node, path)
    }

    private func tell(_ simulation: Simulation, _ node: Int, _ path: TreePath) {
        guard let item = simulation.nodes[node].disk.items[path] else { return }
        let now = simulation.now
        simulation.tell(node) {
            $0.grew(path, metadata: item.metadata, identity: FileIdentity(device: 1, inode: item.inode), now: now)
        }
    }

    private mutating func close(_ simulation: Simulation, _ node: Int) {
        guard let file = growing.removeValue(forKey: node),
            let what = simulation.nodes[node].disk.observation(file.path),
            let item = simulation.nodes[node].disk.items[file.path], item.inode == file.inode
        else { return }
        wanted.insert(item.content)
        let now = simulation.now
        simulation.tell(node) { $0.closed(file.path, what: what, now: now) }
    }

    /// Whoever wrote on this node does not any more; what they wrote stays as it is.
    mutating func stopWriting(_ simulation: Simulation, _ node: Int) {
        guard let file = growing.removeValue(forKey: node),
            let item = simulation.nodes[node].disk.items[file.path], item.inode == file.inode
        else { return }
        wanted.insert(item.content)
    }

    /// Files are closed that are still being written.
    mutating func closeAll(_ simulation: Simulation) {
        for node in simulation.nodes.indices where simulation.nodes[node].replica != nil { close(simulation, node) }
    }
}
