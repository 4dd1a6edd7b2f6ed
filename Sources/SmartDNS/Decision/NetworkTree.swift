import Base
import NetworkConditions

/// What is known of networks, of the networks that they are in, and of all together.
///
/// A hash table over the networks of all levels; each has a cell for each data center. What is known of a network
/// counts for all those around it once ``rollUp()`` has been called.
struct NetworkTree: Sendable {
    /// A network.
    struct Node: Sendable {
        let key: NetworkKey
        /// Whether something is known of networks inside.
        var hasChildren = false
        /// When the newest observation was made, in seconds.
        var newest: UInt32 = 0
    }

    /// How many networks there may be; rows for further ones are left out, and counted.
    static let maximumNodes = 1_500_000

    let width: Int
    private(set) var nodes: [Node] = []
    private(set) var cells: [PathCell] = []
    /// What was decided for each network.
    var verdicts = VerdictTable()
    /// What is known of all networks together.
    private(set) var whole: [PathCell]
    /// The decision for networks of which nothing is known.
    var wholeVerdict = Verdict()
    var wholeGeneration: UInt32 = 0
    /// Counts the changes.
    private(set) var generation: UInt32 = 1
    private(set) var refused = 0
    // Indexes of nodes plus one; 0 is free.
    private var slots: [UInt32]
    // What is known of networks themselves that have others inside, whose cells are sums.
    private var own: [UInt32: [PathCell]] = [:]

    init(width: Int) {
        self.width = width
        whole = Array(repeating: .empty, count: width)
        slots = Array(repeating: 0, count: 1024)
    }

    // MARK: - Finding

    func index(of key: NetworkKey) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: key.mixed) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if nodes[index].key == key { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    func cell(_ node: Int, _ dataCenter: Int) -> PathCell { cells[node * width + dataCenter] }

    /// The evidence of a network for all data centers, in observations.
    func weight(_ node: Int) -> Double {
        (0..<width).reduce(0) { $0 + cell(node, $1).weight }
    }

    // MARK: - Filling

    /// Takes in what is known of a network; it replaces what was known of it and this data center.
    mutating func set(_ network: IPPrefix, _ dataCenter: Int, _ cell: PathCell, newest: UInt32) {
        guard let level = NetworkKey.level(of: network), dataCenter < width,
            let index = insert(NetworkKey(network.address, level: level))
        else {
            refused += 1
            return
        }
        nodes[index].newest = max(nodes[index].newest, newest)
        if nodes[index].hasChildren || own[UInt32(index)] != nil {
            own[UInt32(index), default: Array(repeating: .empty, count: width)][dataCenter] = cell
        } else {
            cells[index * width + dataCenter] = cell
        }
    }

    private mutating func insert(_ key: NetworkKey) -> Int? {
        if let known = index(of: key) { return known }
        guard nodes.count < Self.maximumNodes else { return nil }
        if key.level > 0 {
            guard let parent = insert(NetworkKey(key.address, level: Int(key.level) - 1)) else { return nil }
            if !nodes[parent].hasChildren {
                nodes[parent].hasChildren = true
                let known = cells[(parent * width)..<((parent + 1) * width)]
                if known.contains(where: { $0.weight > 0 }) { own[UInt32(parent)] = Array(known) }
            }
        }
        if (nodes.count + 1) * 2 > slots.count { grow() }
        nodes.append(Node(key: key))
        verdicts.append()
        cells.append(contentsOf: repeatElement(.empty, count: width))
        place(nodes.count - 1)
        return nodes.count - 1
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: nodes[index].key.mixed) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for index in nodes.indices { place(index) }
    }

    /// Makes what is known of networks count for those around them.
    mutating func rollUp() {
        generation &+= 1
        whole = Array(repeating: .empty, count: width)
        for index in nodes.indices where nodes[index].hasChildren {
            let known = own[UInt32(index)]
            for center in 0..<width { cells[index * width + center] = known?[center] ?? .empty }
        }
        for level in (0..<NetworkKey.levels).reversed() {
            for index in nodes.indices where Int(nodes[index].key.level) == level {
                let key = nodes[index].key
                let parent = level > 0 ? self.index(of: NetworkKey(key.address, level: level - 1)) : nil
                if let parent { nodes[parent].newest = max(nodes[parent].newest, nodes[index].newest) }
                for center in 0..<width {
                    let cell = cells[index * width + center]
                    guard cell.weight > 0 else { continue }
                    if let parent { cells[parent * width + center].merge(cell) } else { whole[center].merge(cell) }
                }
            }
        }
    }

    /// The rows that the tree was made of: networks, data centers and cells.
    func rows<Failure>(_ body: (NetworkKey, Int, PathCell, UInt32) throws(Failure) -> Void) throws(Failure) {
        for (index, node) in nodes.enumerated() {
            let known = node.hasChildren ? own[UInt32(index)] : nil
            for center in 0..<width {
                let cell = node.hasChildren ? known?[center] ?? .empty : cells[index * width + center]
                if cell.weight > 0 { try body(node.key, center, cell, node.newest) }
            }
        }
    }

    /// The tree without networks of which nothing was heard since then, in seconds.
    func without(olderThan oldest: UInt32) -> NetworkTree {
        rebuilt(width: width, places: Array(0..<width), olderThan: oldest)
    }

    /// The same for other data centers.
    ///
    /// - Parameters:
    ///   - width: How many they are.
    ///   - places: Which one each of the present ones is then; `nil` for one that is no more.
    ///   - oldest: Networks of which nothing was heard since then are left out, in seconds.
    func rebuilt(width: Int, places: [Int?], olderThan oldest: UInt32 = 0) -> NetworkTree {
        var kept = NetworkTree(width: width)
        rows { key, center, cell, newest in
            guard newest >= oldest, let place = places[center],
                let network = IPPrefix(key.address, length: key.length)
            else { return }
            kept.set(network, place, cell, newest: newest)
        }
        for (index, node) in nodes.enumerated() {
            guard let place = kept.index(of: node.key) else { continue }
            kept.verdicts[place].verdict = verdicts[index].verdict.mapped(places)
        }
        kept.wholeVerdict = wholeVerdict.mapped(places)
        kept.generation = generation
        kept.rollUp()
        return kept
    }
}
