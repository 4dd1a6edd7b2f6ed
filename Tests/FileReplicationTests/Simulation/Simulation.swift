import Base
import FileReplication

/// Nodes with disks and stores, and a network between them; all that happens comes from a seed.
final class Simulation {
    enum Event {
        case tick(Int)
        case performed(Int, epoch: Int, JobID, ReplicaJob)
        case finished(Int, epoch: Int, JobID, JobOutcome)
        case stored(Int, epoch: Int, StoreID, [(path: TreePath, entry: [UInt8]?)], state: [UInt8])
        case arrived(from: Int, to: Int, connection: Int, [UInt8])
        case seen(Int, epoch: Int, [TreePath])
        case moved(Int, epoch: Int, TreePath, TreePath)
        case restart(Int)
    }

    struct Node {
        var replica: FolderReplica?
        var disk = SimulatedDisk()
        var store: [TreePath: [UInt8]] = [:]
        var state: [UInt8]?
        var epoch = 0
        /// By how much its clock is wrong, in nanoseconds.
        var skew: Int64 = 0
        var nextTick: MonotonicInstant?
        var lastStore = MonotonicInstant.zero
    }

    var random: SeededGenerator
    var now = MonotonicInstant.zero
    var nodes: [Node]
    let configuration: FolderConfiguration
    private var queue: [Entry] = []
    private var order: UInt64 = 0
    /// Connections by number; a number is never used again.
    private(set) var connections: [Int: (Int, Int)] = [:]
    private var lastConnection = 0
    private var lastArrival: [Int: [Int: MonotonicInstant]] = [:]
    private(set) var events: [(node: Int, event: ReplicaEvent)] = []
    private(set) var bytesSent = 0
    private(set) var contentSent = 0
    var steps = 0

    private struct Entry {
        var time: MonotonicInstant
        var order: UInt64
        var event: Event

        static func < (left: Self, right: Self) -> Bool {
            (left.time.nanoseconds, left.order) < (right.time.nanoseconds, right.order)
        }
    }

    init(nodes count: Int, seed: UInt64, _ change: (inout FolderConfiguration) -> Void = { _ in }) {
        random = SeededGenerator(seed: seed)
        var members: [NodeID: String] = [:]
        for number in 0..<count { members[Self.id(number)] = "sw\(number)" }
        var configuration = FolderConfiguration(members: members)
        configuration.deleteLimits.share = 1
        change(&configuration)
        self.configuration = configuration
        var nodes = Array(repeating: Node(), count: count)
        for number in 0..<count {
            nodes[number].skew = Int64.random(in: -5_000_000_000...5_000_000_000, using: &random)
        }
        self.nodes = nodes
        for number in 0..<count { start(number) }
    }

    static func id(_ number: Int) -> NodeID { NodeID(UInt64(number + 1)) }

    static func number(_ id: NodeID) -> Int { Int(id.number) - 1 }

    // MARK: Time

    func schedule(_ event: Event, after milliseconds: Double) {
        schedule(event, at: now + .nanoseconds(Int64(milliseconds * 1e6)))
    }

    private func schedule(_ event: Event, at time: MonotonicInstant) {
        order += 1
        queue.append(Entry(time: time, order: order, event: event))
        var child = queue.count - 1
        while child > 0, queue[child] < queue[(child - 1) / 2] {
            queue.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func popEvent() -> Event? {
        guard let first = queue.first else { return nil }
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < queue.count && queue[child] < queue[least] {
                least = child
            }
            guard least != parent else { break }
            queue.swapAt(parent, least)
            parent = least
        }
        now = max(now, first.time)
        return first.event
    }

    /// Goes on for a while.
    func run(milliseconds: Double) {
        let end = now + .nanoseconds(Int64(milliseconds * 1e6))
        while let next = queue.first, next.time <= end, let event = popEvent() { handle(event) }
        now = end
    }

    private func handle(_ event: Event) {
        steps += 1
        switch event {
        case .tick(let number):
            guard let due = nodes[number].nextTick, due <= now else { return }
            nodes[number].nextTick = nil
            nodes[number].replica?.tick(now: now)
            carryOut(number)
        case .performed(let number, let epoch, let id, let job):
            guard nodes[number].epoch == epoch else { return }
            // Users may do something before the replica hears what was seen.
            schedule(
                .finished(number, epoch: epoch, id, nodes[number].disk.perform(job)),
                after: Double.random(in: 0...5, using: &random)
            )
        case .finished(let number, let epoch, let id, let outcome):
            guard nodes[number].epoch == epoch else { return }
            nodes[number].replica?.finished(id, outcome, now: now)
            carryOut(number)
        case .stored(let number, let epoch, let id, let entries, let state):
            guard nodes[number].epoch == epoch else { return }
            keep(number, entries, state)
            nodes[number].replica?.stored(id, now: now)
            carryOut(number)
        case .arrived(let from, let to, let connection, let bytes):
            guard connections[connection] != nil, nodes[to].replica != nil else { return }
            guard let message = try? ReplicaMessage(decoding: bytes) else {
                preconditionFailure("what was sent can be read")
            }
            nodes[to].replica?.received(message, from: Self.id(from), now: now)
            carryOut(to)
        case .seen(let number, let epoch, let paths):
            guard nodes[number].epoch == epoch else { return }
            nodes[number].replica?.touched(paths, now: now)
            carryOut(number)
        case .moved(let number, let epoch, let from, let target):
            guard nodes[number].epoch == epoch else { return }
            sawMove(number, from, target)
        case .restart(let number): start(number)
        }
    }

    private func keep(_ number: Int, _ entries: [(path: TreePath, entry: [UInt8]?)], _ state: [UInt8]) {
        for (path, entry) in entries { nodes[number].store[path] = entry }
        nodes[number].state = state
    }

    // MARK: Nodes

    func start(_ number: Int) {
        guard nodes[number].replica == nil else { return }
        guard
            var replica = try? FolderReplica(
                own: Self.id(number),
                configuration: configuration,
                state: nodes[number].state
            )
        else { preconditionFailure("what was stored can be read") }
        for (path, entry) in nodes[number].store.sorted(by: { $0.key < $1.key }) {
            guard (try? replica.load(path, entry: entry)) != nil else { preconditionFailure("an entry can be read") }
        }
        for (file, bytes) in nodes[number].disk.staged {
            if case .growing(let dot) = file { replica.load(growing: dot, size: UInt64(bytes.count)) }
        }
        nodes[number].replica = replica
        scan(number)
    }

    func scan(_ number: Int) {
        nodes[number].replica?.beginScan()
        for directory in nodes[number].disk.directories {
            let listing = nodes[number].disk.listing(directory)
            nodes[number].replica?.listed(directory, listing, now: now)
        }
        // Directories that are known and are not there.
        for path in nodes[number].store.keys.sorted() where nodes[number].disk.items[path] == nil {
            nodes[number].replica?.touched([path], now: now)
        }
        nodes[number].replica?.endScan(now: now)
        carryOut(number)
    }

    /// Everything that was not stored is lost; what was being done with files may have been done.
    func crash(_ number: Int) {
        guard nodes[number].replica != nil else { return }
        for entry in queue.sorted(by: <) {
            switch entry.event {
            case .performed(number, nodes[number].epoch, _, let job):
                if Bool.random(using: &random) { _ = nodes[number].disk.perform(job) }
            case .stored(number, nodes[number].epoch, _, let entries, let state):
                if Bool.random(using: &random) { keep(number, entries, state) }
            default: break
            }
        }
        for (connection, pair) in connections.sorted(by: { $0.key < $1.key }) where pair.0 == number || pair.1 == number
        {
            cut(connection)
        }
        nodes[number].epoch += 1
        nodes[number].replica = nil
        nodes[number].nextTick = nil
    }

    // MARK: Network

    func isConnected(_ one: Int, _ other: Int) -> Bool {
        connections.values.contains { $0 == (min(one, other), max(one, other)) }
    }

    func connect(_ one: Int, _ other: Int) {
        guard one != other, !isConnected(one, other), nodes[one].replica != nil, nodes[other].replica != nil else {
            return
        }
        lastConnection += 1
        connections[lastConnection] = (min(one, other), max(one, other))
        nodes[one].replica?.connected(Self.id(other), now: now)
        nodes[other].replica?.connected(Self.id(one), now: now)
        carryOut(one)
        carryOut(other)
    }

    func connectAll() {
        for one in nodes.indices { for other in nodes.indices where one < other { connect(one, other) } }
    }

    /// What is on its way is lost.
    func cut(_ connection: Int) {
        guard let (one, other) = connections.removeValue(forKey: connection) else { return }
        lastArrival[connection] = nil
        nodes[one].replica?.disconnected(Self.id(other), now: now)
        nodes[other].replica?.disconnected(Self.id(one), now: now)
        carryOut(one)
        carryOut(other)
    }

    func disconnect(_ one: Int, _ other: Int) {
        for (connection, pair) in connections where pair == (min(one, other), max(one, other)) { cut(connection) }
    }

    // MARK: Actions

    private func carryOut(_ number: Int) {
        guard let actions = nodes[number].replica?.popActions() else { return }
        let epoch = nodes[number].epoch
        for action in actions {
            switch action {
            case .send(let peer, let message): send(message, from: number, to: Self.number(peer))
            case .store(let id, let entries, let state):
                schedule(
                    .stored(number, epoch: epoch, id, entries, state: state),
                    after: Double.random(in: 0.5...8, using: &random)
                )
            case .perform(let id, let job):
                schedule(
                    .performed(number, epoch: epoch, id, job),
                    after: Double.random(in: 0.1...10, using: &random)
                )
            case .tell(let event): events.append((number, event))
            }
        }
        if let deadline = nodes[number].replica?.nextDeadline, deadline < nodes[number].nextTick ?? .distantFuture {
            nodes[number].nextTick = deadline
            schedule(.tick(number), at: max(deadline, now))
        }
    }

    private func send(_ message: ReplicaMessage, from: Int, to: Int) {
        guard let connection = connections.first(where: { $0.value == (min(from, to), max(from, to)) })?.key else {
            return
        }
        let bytes = message.encoded
        bytesSent += bytes.count
        if case .data(let pieces) = message { contentSent += pieces.reduce(0) { $0 + $1.bytes.count } }
        if case .growth(let appended) = message { contentSent += appended.bytes.count }
        // In order between two nodes, and however it comes among several.
        let last = lastArrival[connection]?[to] ?? .zero
        let arrival = max(last, now + .nanoseconds(Int64.random(in: 1_000_000...60_000_000, using: &random)))
        lastArrival[connection, default: [:]][to] = arrival
        schedule(.arrived(from: from, to: to, connection: connection, bytes), at: arrival)
    }

    // MARK: Users

    /// The wall clock of a node, as it believes it to be.
    func time(_ number: Int) -> Int64 {
        1_700_000_000_000_000_000 + now.nanoseconds + nodes[number].skew
    }

    func saw(_ number: Int, _ paths: [TreePath]) {
        schedule(
            .seen(number, epoch: nodes[number].epoch, paths),
            after: Double.random(in: 0...30, using: &random)
        )
    }

    private func sawMove(_ number: Int, _ from: TreePath, _ target: TreePath) {
        if let what = nodes[number].disk.observation(target), nodes[number].disk.items[from] == nil {
            nodes[number].replica?.moved(from, to: target, what: what, now: now)
        }
        // Who watches looks again at what was moved, whatever else happened there meanwhile.
        let below = nodes[number].disk.items.keys.filter { $0.isBelow(target) }
        nodes[number].replica?.touched([from, target] + below.sorted(), now: now)
        carryOut(number)
    }

    /// Something is done with files, and watched by whoever watches.
    func use(_ number: Int, _ body: (inout SimulatedDisk) -> [TreePath]) {
        let paths = body(&nodes[number].disk)
        saw(number, paths)
    }

    /// A file is written.
    func write(_ path: TreePath, _ content: [UInt8], node: Int) {
        let time = time(node)
        use(node) { disk in
            disk.write(path, content, at: time)
            return [path]
        }
    }

    /// Something is done with the replica.
    func tell(_ number: Int, _ body: (inout FolderReplica) -> Void) {
        guard nodes[number].replica != nil else { return }
        if var replica = nodes[number].replica {
            body(&replica)
            nodes[number].replica = replica
        }
        carryOut(number)
    }

    // MARK: The end

    /// Whether all nodes know and have the same, and have forgotten what they may forget.
    var isConverged: Bool {
        guard let first = nodes[0].replica else { return false }
        return nodes.allSatisfy { node in
            guard let replica = node.replica else { return false }
            return replica.isIdle && replica.index.digest == first.index.digest
                && replica.index.count == replica.index.liveCount && replica.unsettledCount == 0
        }
    }

    /// Mends everything and waits for the end; whether there was one.
    func settle(seconds: Int = 600) -> Bool {
        for number in nodes.indices { start(number) }
        connectAll()
        for _ in 0..<(seconds * 2) {
            run(milliseconds: 500)
            if isConverged { return true }
        }
        return false
    }
}
