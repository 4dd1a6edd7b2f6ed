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
        /// A bit for each data center of which the networks inside have to be summed up anew.
        fileprivate(set) var changed: UInt16 = 0
        // Indexes plus one; 0 is nobody.
        fileprivate(set) var around: UInt32 = 0
        fileprivate(set) var firstInside: UInt32 = 0
        fileprivate(set) var nextBeside: UInt32 = 0
        // Beside the key: who asks needs both, and memory is far away.
        fileprivate(set) var decision = VerdictEntry()

        /// The network around it.
        var parent: Int? { around == 0 ? nil : Int(around) - 1 }
        /// Whether something is known of networks inside.
        var hasChildren: Bool { firstInside != 0 }
    }

    /// How many networks there may be; rows for further ones are left out, and counted.
    static let maximumNodes = 1_500_000

    let width: Int
    private(set) var nodes = PiecedTable<Node>(shift: 8)
    private(set) var cells: PiecedTable<PathCell>
    /// What is known of all networks together.
    private(set) var whole: [PathCell]
    /// The decision for networks of which nothing is known.
    var wholeVerdict = VerdictEntry()
    /// Counts the states of the tree: decisions of another one are made again.
    private(set) var generation: UInt32 = 1
    /// Since when this state has been there, in seconds.
    private var since: UInt32 = 0
    private(set) var refused = 0
    private static let slotShift = 12
    // Indexes of nodes plus one; 0 is free.
    private var slots = PiecedTable<UInt32>(repeating: 0, count: 1024, shift: NetworkTree.slotShift)
    // What is known of networks themselves that have others inside, whose cells are sums.
    private var own: [UInt32: [PathCell]] = [:]
    // The first of the widest networks, as an index plus one.
    private var firstRoot: UInt32 = 0
    // Networks that have to be summed up anew, by their level, and a bit for each data center of all together.
    private var waiting: [[UInt32]] = Array(repeating: [], count: NetworkKey.levels)
    private var wholeChanged: UInt16 = 0

    init(width: Int) {
        self.width = width
        whole = Array(repeating: .empty, count: width)
        cells = PiecedTable(width: width, shift: 7)
    }

    /// What was decided for a network.
    subscript(decisionOf node: Int) -> VerdictEntry {
        get { nodes[node].decision }
        _modify { yield &nodes[node].decision }
    }

    // MARK: - Finding

    func index(of key: NetworkKey) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: key.mixed) & mask
        while true {
            let taken = slots[slot]
            guard taken != 0 else { return nil }
            if nodes[Int(taken) - 1].key == key { return Int(taken) - 1 }
            slot = (slot + 1) & mask
        }
    }

    /// The most specific network around an address of which something is known.
    func deepest(_ network: IPPrefix) -> Int? {
        var level = NetworkKey.level(of: network) ?? -1
        while level >= 0 {
            if let index = index(of: NetworkKey(network.address, level: level)) { return index }
            level -= 1
        }
        return nil
    }

    /// A network that decides, and those around it that do, the widest first.
    func chain(_ node: Int?) -> [Int] {
        var chain: [Int] = []
        chain.reserveCapacity(NetworkKey.levels)
        var next = node
        while let index = next, decides(index) {
            chain.append(index)
            next = nodes[index].parent
        }
        chain.reverse()
        return chain
    }

    /// Whether a network is narrow enough to decide.
    func decides(_ node: Int) -> Bool { Int(nodes[node].key.level) >= NetworkKey.firstDeciding }

    /// The evidence of a network for all data centers, in observations.
    func weight(_ node: Int, at now: UInt32) -> Double {
        (0..<width).reduce(0) { $0 + cells[node, $1].weight(at: now, NetworkCondition.halfLife) }
    }

    // MARK: - Filling

    /// Takes in what is known of a network; it replaces what was known of it and this data center.
    mutating func set(_ network: IPPrefix, _ dataCenter: Int, _ cell: PathCell) {
        guard let level = NetworkKey.level(of: network), dataCenter < width,
            let index = insert(NetworkKey(network.address, level: level))
        else {
            refused += 1
            return
        }
        if nodes[index].hasChildren {
            own[UInt32(index), default: Array(repeating: .empty, count: width)][dataCenter] = cell
            sumUp(index, 1 << UInt16(dataCenter))
        } else {
            cells[index, dataCenter] = cell
            sumUp(nodes[index].parent, 1 << UInt16(dataCenter))
        }
    }

    /// Has a network be summed up the next time, or all together.
    private mutating func sumUp(_ node: Int?, _ centers: UInt16) {
        guard let node else { return wholeChanged |= centers }
        if nodes[node].changed == 0 { waiting[Int(nodes[node].key.level)].append(UInt32(node)) }
        nodes[node].changed |= centers
    }

    private mutating func insert(_ key: NetworkKey) -> Int? {
        if let known = index(of: key) { return known }
        guard nodes.count < Self.maximumNodes else { return nil }
        var node = Node(key: key)
        if key.level > 0 {
            guard let parent = insert(NetworkKey(key.address, level: Int(key.level) - 1)) else { return nil }
            if !nodes[parent].hasChildren {
                let known = (0..<width).map { cells[parent, $0] }
                if known.contains(where: { !$0.isEmpty }) { own[UInt32(parent)] = known }
            }
            (node.around, node.nextBeside) = (UInt32(parent + 1), nodes[parent].firstInside)
        } else {
            node.nextBeside = firstRoot
        }
        makeRoom(for: 1)
        nodes.append(node)
        cells.append(.empty)
        if let parent = node.parent {
            nodes[parent].firstInside = UInt32(nodes.count)
        } else {
            firstRoot = UInt32(nodes.count)
        }
        place(nodes.count - 1)
        return nodes.count - 1
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: nodes[index].key.mixed) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    /// Whether so many networks more can be taken in without finding a new place for all.
    func hasRoom(for networks: Int) -> Bool { (nodes.count + networks) * 2 <= slots.count }

    /// Finds places for so many networks more.
    mutating func makeRoom(for networks: Int) {
        guard !hasRoom(for: networks) else { return }
        var size = slots.count
        while (nodes.count + networks) * 2 > size { size *= 2 }
        slots = PiecedTable(repeating: 0, count: size, shift: Self.slotShift)
        for index in 0..<nodes.count { place(index) }
    }

    // MARK: - Summing up

    /// Makes what is known of networks count for those around them; only what has changed is summed up.
    mutating func rollUp() {
        while !sumUp(limit: .max) {}
        beginState()
    }

    /// Decisions are made again.
    mutating func beginState() { generation &+= 1 }

    /// The same now and then, for evidence becomes older while nothing comes in.
    mutating func beginState(at now: UInt32, every seconds: UInt32) {
        guard now &- since >= seconds else { return }
        since = now
        beginState()
    }

    /// Sums up some of what has changed.
    ///
    /// - Parameter limit: How many networks at most.
    /// - Returns: Whether that was all.
    mutating func sumUp(limit: Int) -> Bool {
        var (left, sums) = (limit, Array(repeating: PathSum(), count: width))
        for level in (0..<NetworkKey.levels).reversed() {
            while let node = waiting[level].popLast() {
                sumUp(Int(node), &sums)
                left -= 1
                guard left > 0 else { return false }
            }
        }
        guard wholeChanged != 0 else { return true }
        for center in centers(wholeChanged) { sums[center] = PathSum() }
        add(from: firstRoot, wholeChanged, &sums)
        for center in centers(wholeChanged) { whole[center] = sums[center].cell }
        wholeChanged = 0
        return true
    }

    private mutating func sumUp(_ node: Int, _ sums: inout [PathSum]) {
        let changed = nodes[node].changed
        nodes[node].changed = 0
        let known = own[UInt32(node)]
        for center in centers(changed) {
            sums[center] = PathSum()
            if let known { sums[center].add(known[center]) }
        }
        add(from: nodes[node].firstInside, changed, &sums)
        for center in centers(changed) { cells[node, center] = sums[center].cell }
        sumUp(nodes[node].parent, changed)
    }

    /// Adds a network and those beside it.
    private func add(from first: UInt32, _ changed: UInt16, _ sums: inout [PathSum]) {
        var next = first
        while next != 0 {
            let index = Int(next) - 1
            for center in centers(changed) { sums[center].add(cells[index, center]) }
            next = nodes[index].nextBeside
        }
    }

    private func centers(_ bits: UInt16) -> some Sequence<Int> {
        (0..<width).lazy.filter { bits & 1 << UInt16($0) != 0 }
    }

    // MARK: - Taking out

    /// The rows that the tree was made of: networks, data centers and cells.
    func rows<Failure>(_ body: (NetworkKey, Int, PathCell) throws(Failure) -> Void) throws(Failure) {
        for index in 0..<nodes.count {
            let node = nodes[index]
            let known = node.hasChildren ? own[UInt32(index)] : nil
            for center in 0..<width {
                let cell = node.hasChildren ? known?[center] ?? .empty : cells[index, center]
                if !cell.isEmpty { try body(node.key, center, cell) }
            }
        }
    }

    /// The tree without paths of which nothing was heard since then, in seconds; `nil` when there is none.
    func without(olderThan oldest: UInt32) -> NetworkTree? {
        var isOld = false
        rows { _, _, cell in isOld = isOld || cell.newest < oldest }
        return isOld ? rebuilt(width: width, places: Array(0..<width), olderThan: oldest) : nil
    }

    /// The same for other data centers.
    ///
    /// - Parameters:
    ///   - width: How many they are.
    ///   - places: Which one each of the present ones is then; `nil` for one that is no more.
    ///   - oldest: Paths of which nothing was heard since then are left out, in seconds.
    func rebuilt(width: Int, places: [Int?], olderThan oldest: UInt32 = 0) -> NetworkTree {
        var kept = NetworkTree(width: width)
        rows { key, center, cell in
            guard cell.newest >= oldest, let place = places[center],
                let network = IPPrefix(key.address, length: key.length)
            else { return }
            kept.set(network, place, cell)
        }
        for index in 0..<nodes.count {
            guard let place = kept.index(of: nodes[index].key) else { continue }
            kept[decisionOf: place].verdict = nodes[index].decision.verdict.mapped(places)
        }
        kept.wholeVerdict.verdict = wholeVerdict.verdict.mapped(places)
        kept.generation = generation
        kept.rollUp()
        return kept
    }
}
